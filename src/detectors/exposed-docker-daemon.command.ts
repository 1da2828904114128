import { daemonArguments, daemonOptions, listenerOf } from "../parsers/docker/daemon.ts";
import { type Match, matcher } from "./detector.ts";
import { type ExposedSettings, exposedSettings, hostEndpoint, judgeListener } from "./exposed-docker-daemon.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { containerRequests } from "./knowledge/container-command.ts";
import { pipedText } from "./knowledge/piped-text.ts";

/**
 * dockerd started with `-H tcp://` and no `--tlsverify`, socat or ncat that forwards a port to docker.sock, or a
 * command that writes such a host into the daemon's files.
 *
 * The client's `-H` is quiet. Blind spot: TLS may be demanded by daemon.json, which the arguments do not show; the
 * posture of the running daemon decides that.
 */
export const exposedDockerDaemonCommand = matcher({
  alert: "exposed-docker-daemon",
  on: ["process.started"],
  settings: exposedSettings,
  match({ process }, settings): Match | undefined {
    const line = commandLine(process);
    for (const command of line.commands) {
      const found =
        daemon(command, settings) ??
        service(command, settings) ??
        forwarded(command.name, command.args) ??
        configured(line, command, settings);
      if (found) return { ...found, evidence: { ...found.evidence, process, container: process.container } };
    }
    // A container whose image is a forwarder (`alpine/socat tcp-listen:2375,fork unix-connect:/var/run/docker.sock`).
    for (const { words, image } of containerRequests(line)) {
      const found = /socat/i.test(image ?? "") ? forwarded("socat", words) : undefined;
      if (found) return { ...found, evidence: { ...found.evidence, process, container: process.container } };
    }
    return undefined;
  },
});

function daemon({ program, args }: Command, settings: ExposedSettings): Match | undefined {
  const own = daemonArguments([program, ...args]);
  if (!own) return undefined;
  const { hosts, tls } = daemonOptions(own);
  for (const host of hosts) {
    const listener = listenerOf(host, tls);
    const judged = listener && judgeListener({ ...listener, tls }, "high", settings);
    if (judged) return { ...judged, evidence: { destination: hostEndpoint(listener.host, listener.port) } };
  }
  return undefined;
}

/** `podman system service tcp:0.0.0.0:8888`: Docker's API, by podman (podman-system-service(1)). */
function service({ name, args }: Command, settings: ExposedSettings): Match | undefined {
  if (name !== "podman" || !args.includes("system") || !args.includes("service")) return undefined;
  const address = args.find((arg) => /^tcp:/i.test(arg));
  const listener = address && listenerOf(address.replace(/^tcp:(?:\/\/)?/i, "tcp://"), "none");
  const judged = listener ? judgeListener({ ...listener, tls: "none" }, "high", settings) : undefined;
  return judged && { ...judged, reason: judged.reason.replace("Docker daemon", "Docker API of podman"), evidence: {} };
}

const socketPath = /(?:^|[:=,\s])(?:\/var)?\/run\/docker\.sock/i;

/** `socat TCP-LISTEN:2375,fork UNIX-CONNECT:/var/run/docker.sock`, `ncat -lk 2375 -c 'nc -U /var/run/docker.sock'`. */
function forwarded(name: string, args: readonly string[]): Match | undefined {
  if (!/^(?:socat\d?|ncat|nc|netcat)$/.test(name)) return undefined;
  const text = args.join(" ").slice(0, 4096);
  if (!socketPath.test(text)) return undefined;
  const listens = name.startsWith("socat")
    ? /(?:TCP[46]?|TCP[46]?-LISTEN|TCP[46]?-L|OPENSSL-LISTEN):?(\d{1,5})?/i.test(text) && /LISTEN|-L:/i.test(text)
    : args.some((arg) => /^-[a-z]*l|^--listen$/.test(arg));
  if (!listens) return undefined;
  const port = /(?:LISTEN|-L):(?:[^,\s:]*:)?(\d{1,5})/i.exec(text)?.[1] ?? args.find((arg) => /^\d{2,5}$/.test(arg));
  // UNIX-LISTEN:docker.sock with TCP:host is the way of a client, and binds no port.
  if (name.startsWith("socat") && !/(?:TCP[46]?|OPENSSL)-L(?:ISTEN)?:/i.test(text)) return undefined;
  if (/bind=127\.|bind=localhost/i.test(text)) return undefined;
  return {
    subject: `forward to docker.sock${port ? ` on port ${port}` : ""}`,
    reason: `${name} hands the Docker socket to whoever reaches ${port ? `port ${port}` : "its port"}`,
    confidence: "high",
    evidence: { data: { port } },
  };
}

const files =
  /(?:^|[\s=>"'])(?:\/\S{0,200}\/)?(?:docker\/daemon\.json|default\/docker|sysconfig\/docker|docker\.service(?:\.d\/\S{1,64}\.conf)?|docker\.socket)$/;

/** `echo '{"hosts": ["tcp://0.0.0.0:2375"]}' > /etc/docker/daemon.json`, `sed -i 's,fd://,tcp://...,' docker.service`. */
function configured(line: CommandLine, command: Command, settings: ExposedSettings): Match | undefined {
  const { args, redirections, name } = command;
  const writes = redirections.find(
    ({ operator, target }) => operator.startsWith(">") && files.test(target.slice(0, 512)),
  );
  const edits = /^(?:tee|sed|perl|ed)$/.test(name) ? args.find((arg) => files.test(arg.slice(0, 512))) : undefined;
  const file = writes?.target ?? edits;
  if (file === undefined) return undefined;
  const text = [...args, pipedText(line, command)].join("\n").slice(0, 65_536);
  const host = /tcp:\/\/[\w.:[\]*-]{0,128}/.exec(text)?.[0];
  if (host === undefined || /tlsverify["']?\s{0,4}(?::\s{0,4}true|=true|(?=[\s"'\\]|$))/.test(text)) return undefined;
  const listener = listenerOf(host, "none");
  const judged = listener && judgeListener({ ...listener, tls: "none" }, "medium", settings);
  return judged && { ...judged, reason: `${name} writes ${host} into ${file}`, evidence: { file: { path: file } } };
}

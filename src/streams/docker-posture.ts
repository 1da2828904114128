/**
 * Over which TCP addresses dockerd can be reached, looked at every minute and when asked.
 *
 * Proof is a LISTEN socket among dockerd's own descriptors; where those may not be read (no CAP_SYS_PTRACE) a
 * listening socket that fits what arguments or files say stands in for it, and the source reports itself degraded.
 * Nothing is ever connected to.
 *
 * Blind spot: a socket that another program forwards to docker.sock (socat, a proxy container) belongs to that
 * program; `exposed-docker-daemon.command` sees its start. An exposure shorter than a minute is seen as a process only.
 */
import { concatMap, defer, EMPTY, from, merge, type Observable, of, timer } from "rxjs";
import type { DockerListener, Fact } from "../events/fact.ts";
import { listenersInWarnings } from "../parsers/docker/daemon.ts";
import { asRecord, asTexts } from "../parsers/docker/json.ts";
import { dockerListeners, type Intent } from "../parsers/docker/posture.ts";
import { type HostRoot, type ProcessLookup, SourceAbsent, type Stream } from "../ports.ts";
import { type DockerApi, type DockerEndpoint, dockerApi } from "./docker-client.ts";
import { type Daemon, runningDaemons } from "./docker-daemons.ts";
import { fileIntents } from "./docker-intents.ts";
import { procDirectory } from "./process-lookup.ts";

export interface DockerPostureOptions extends DockerEndpoint {
  readonly hostRoot: HostRoot;
  readonly lookup: ProcessLookup;
  readonly api?: DockerApi;
  /** Looks again at once, besides every `interval`. */
  readonly trigger?: Observable<void>;
  /** Milliseconds, default 60,000. */
  readonly interval?: number;
  readonly now?: () => number;
}

interface Look {
  readonly listeners: readonly DockerListener[];
  /** Why ownership is not proven; "" when it is. */
  readonly reason: string;
}

/** Emits `docker.posture` at the first look and when it changed. */
export function dockerPosture(options: DockerPostureOptions): Stream {
  const now = options.now ?? Date.now;
  return {
    source: "docker-posture",
    open: () =>
      defer(() => {
        const api = options.api ?? dockerApi(options);
        let told = "";
        let reported: string | undefined;
        const facts = ({ listeners, reason }: Look): Fact[] => {
          const found: Fact[] = [];
          if (reason !== reported) found.push(report(now(), reason));
          reported = reason;
          const mark = JSON.stringify(listeners);
          if (mark !== told) found.push({ kind: "docker.posture", at: now(), listeners });
          told = mark;
          return found;
        };
        const looks = merge(timer(0, options.interval ?? 60_000), options.trigger ?? EMPTY);
        // One look after the other; a trigger during a look is answered by the next.
        return looks.pipe(concatMap(() => from(look(options, api)).pipe(concatMap((seen) => of(...facts(seen))))));
      }),
  };
}

function report(at: number, reason: string): Fact {
  return {
    kind: "source.reported",
    at,
    source: "docker-posture",
    state: reason === "" ? "live" : "degraded",
    reason,
    ...(reason !== "" && {
      remedy: "If Docker runs here, give the module root, CAP_SYS_PTRACE and PidMode host to prove who listens.",
    }),
  };
}

/** Rejects with SourceAbsent when nothing of Docker is on this host. */
async function look({ hostRoot, lookup }: DockerPostureOptions, api: DockerApi): Promise<Look> {
  const daemons = runningDaemons(hostRoot, lookup, procDirectory(hostRoot));
  const files = await fileIntents(
    hostRoot,
    daemons.flatMap(({ options }) => options.configFile ?? []),
  );
  const info = asRecord(await api.info().catch(() => undefined));
  if (daemons.length === 0 && !files.installed && !info) {
    throw new SourceAbsent("there is no Docker engine on this host", "Nothing to do unless Docker should be here.");
  }
  const listeners = dockerListeners({
    intents: [...commandLines(daemons, files.intents), ...fromFiles(files.intents, daemons), ...warnings(info)],
    owned: daemons.flatMap(({ owned }) => owned ?? []),
    listening: daemons.flatMap(({ owned, listening }) => owned ?? listening),
    notApi: new Set(metricsPorts([...files.metrics, ...daemons.flatMap(({ options }) => options.metrics ?? [])])),
  });
  return { listeners, reason: reasonOf(daemons) };
}

/** A daemon whose arguments say nothing of TLS takes it from daemon.json. */
function commandLines(daemons: readonly Daemon[], files: readonly Intent[]): Intent[] {
  const file = files.find((intent) => intent.seenIn === "daemon.json");
  return daemons.map(({ options }) => ({
    seenIn: "command-line",
    hosts: options.hosts,
    tls: options.tls === "none" && file && !options.configFile ? file.tls : options.tls,
  }));
}

/** Hosts of a file served by a daemon whose arguments alone say `--tlsverify`. */
function fromFiles(intents: readonly Intent[], daemons: readonly Daemon[]): Intent[] {
  const verified = daemons.length > 0 && daemons.every(({ options }) => options.tls === "tlsverify");
  return intents.map((intent) => (verified && intent.tls === "none" ? { ...intent, tls: "tlsverify" } : intent));
}

function warnings(info: Record<string, unknown> | undefined): Intent[] {
  return listenersInWarnings(asTexts(info?.Warnings, 64)).map(({ host, port, tls }) => ({
    seenIn: "info-warning",
    hosts: [`tcp://${host.includes(":") ? `[${host}]` : host}:${port}`],
    tls,
  }));
}

function metricsPorts(addresses: readonly string[]): number[] {
  return addresses.map((address) => Number(address.slice(address.lastIndexOf(":") + 1)));
}

function reasonOf(daemons: readonly Daemon[]): string {
  if (daemons.length === 0) return "no dockerd process is visible: only the API and the files are judged";
  return daemons.some(({ owned }) => owned === undefined)
    ? "the descriptors of dockerd may not be read: a listening port is matched by its number"
    : "";
}

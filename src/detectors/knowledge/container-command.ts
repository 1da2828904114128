/**
 * What a command line asks a container engine for: docker, podman, nerdctl, ctr, crictl, kubectl, and the Engine API
 * by hand. Options end at the image; what stands behind it belongs to the container.
 *
 * Options without a value: docker(1) 29, podman-run(1) 5, nerdctl 2, ctr(8), kubectl 1.34; every other option of their
 * `run` takes one.
 */
import type { Command, CommandLine } from "./command.ts";
import { pipedText } from "./piped-text.ts";

export interface ContainerRequest {
  readonly engine: string;
  readonly deed: "run" | "exec" | "pull";
  /** As written; undefined for exec. */
  readonly image?: string;
  readonly privileged: boolean;
  /** Bind mounts, as `source:target[:options]`. */
  readonly binds: readonly string[];
  readonly environment: readonly string[];
  /** What stands behind the image, with the entrypoint before it. */
  readonly words: readonly string[];
}

const dockerLike = new Set([
  "docker",
  "podman",
  "podman-remote",
  "nerdctl",
  "docker.io",
  "balena-engine",
  "balena",
  "finch",
]);
const kubernetes = new Set(["kubectl", "oc", "microk8s.kubectl"]);
const runFlags = new Set(
  (
    "detach interactive tty rm privileged init read-only no-healthcheck oom-kill-disable publish-all quiet help " +
    "sig-proxy disable-content-trust replace no-hosts no-hostname rmi tls-verify use-api-socket env-host http-proxy " +
    "unsetenv-all passwd all-tags all unpack"
  ).split(" "),
);
const otherFlags = new Set(
  (
    "stdin leave-stdin-open attach rm tty privileged expose quiet wait command null-io net-host cni seccomp detach " +
    "read-only allow-new-privs plain-http all-platforms local print-chainid all dry-run rootfs no-pivot isolated"
  ).split(" "),
);
const globalsWithValue = new Set(
  "H c l host context config log-level tlscacert tlscert tlskey namespace n address a root url connection runtime storage-driver cgroup-manager snapshotter data-root hosts-dir kubeconfig cluster user server s timeout connect-timeout".split(
    " ",
  ),
);
const maxArgs = 512;

/** Every request of a line, those inside shell text included. Never throws. */
export function containerRequests(line: CommandLine): ContainerRequest[] {
  return line.commands.flatMap((command) => containerRequest(command, line) ?? []);
}

function containerRequest(command: Command, line: CommandLine): ContainerRequest | undefined {
  const { name } = command;
  const own = command.args.slice(0, maxArgs);
  const piped = () => pipedText(line, command);
  if (dockerLike.has(name)) return composed(name, own, piped) ?? docker(name, own);
  if (name === "docker-compose" || name === "podman-compose") return composed(name, ["compose", ...own], piped);
  if (name === "ctr") return ctr(own);
  if (name === "crictl") return own.includes("pull") ? pulled("crictl", lastOperand(own)) : undefined;
  if (kubernetes.has(name)) return kubectl(name, own, piped());
  if ((name === "k3s" || name === "microk8s") && kubernetes.has(own[0] ?? "")) return kubectl(name, own.slice(1), "");
  if (name === "k3s" && own[0] === "ctr") return ctr(own.slice(1));
  if (name === "lxc" || name === "incus") return lxd(name, own);
  if (name === "curl" || name === "wget" || name === "http") return api(own);
  return undefined;
}

/** `docker compose -f - up`, `docker stack deploy -c - x`: the file comes on standard input. */
function composed(engine: string, args: readonly string[], piped: () => string): ContainerRequest | undefined {
  const verb = args[afterGlobals(args)];
  if ((verb !== "compose" && verb !== "stack") || !args.includes("-")) return undefined;
  return manifest(engine, piped());
}

/** YAML or JSON that describes containers; only its first image is named. */
function manifest(engine: string, text: string): ContainerRequest | undefined {
  if (text === "") return undefined;
  const image = /^[ \t]{0,64}(?:-[ \t]{1,16})?["']?image["']?\s{0,8}:\s{0,8}["']?([^\s"',]{1,300})/m.exec(text)?.[1];
  return { ...nothing, engine, deed: "run", image, privileged: privilegedIn(text), words: [text] };
}

function docker(engine: string, args: readonly string[]): ContainerRequest | undefined {
  let rest = args.slice(afterGlobals(args));
  if (rest[0] === "container" || rest[0] === "image") rest = rest.slice(1);
  const verb = rest[0];
  if (verb === "pull") return pulled(engine, operands(rest.slice(1), runFlags)[0]);
  if (verb === "run" || verb === "create") return ran(engine, rest.slice(1), runFlags);
  if (verb === "exec") {
    const { options } = split(rest.slice(1), runFlags);
    return { ...nothing, engine, deed: "exec", privileged: isOn(options.get("privileged")) };
  }
  const [group, action] = rest;
  if ((group === "service" || group === "pod") && action === "create") return ran(engine, rest.slice(2), runFlags);
  return undefined;
}

/** `ctr [-n ns] run [options] IMAGE ID [command]`, `ctr image pull IMAGE`. */
function ctr(args: readonly string[]): ContainerRequest | undefined {
  let rest = args.slice(afterGlobals(args));
  if (/^(?:images?|i|containers?|c)$/.test(rest[0] ?? "")) rest = rest.slice(1);
  if (rest[0] === "pull" || rest[0] === "import") return pulled("ctr", operands(rest.slice(1), otherFlags)[0]);
  if (rest[0] !== "run" && rest[0] !== "create") return undefined;
  const request = ran("ctr", rest.slice(1), otherFlags);
  return request && { ...request, words: request.words.slice(1) };
}

/** `kubectl run NAME --image=X [--privileged] -- words`, `create deployment`, `debug`, `set image`, `apply -f -`. */
function kubectl(engine: string, args: readonly string[], piped: string): ContainerRequest | undefined {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const verb = own[afterGlobals(own)];
  const options = new Map<string, string[]>();
  for (let i = 0; i < own.length; i += 1) i += option(own, i, otherFlags, options);
  const words = end < 0 ? [] : args.slice(end + 1);
  const environment = options.get("env") ?? [];
  const image = options.get("image")?.at(-1);
  if (verb === "run" || verb === "debug" || (verb === "create" && image !== undefined)) {
    const overrides = (options.get("overrides") ?? []).join("\n");
    const privileged =
      isOn(options.get("privileged")) || privilegedIn(overrides) || options.get("profile")?.at(-1) === "sysadmin";
    return { ...nothing, engine, deed: "run", image, privileged, environment, words };
  }
  if (verb === "apply" || verb === "create" || verb === "replace") return manifest(engine, piped);
  return undefined;
}

/** `lxc launch IMAGE NAME -c security.privileged=true`, `lxc config set NAME security.privileged true` */
function lxd(engine: string, args: readonly string[]): ContainerRequest | undefined {
  const verb = args.find((arg) => !arg.startsWith("-"));
  const privileged = args.some(
    (arg, i) =>
      /^(?:-c|--config=)?security\.privileged=true$/.test(arg) ||
      (arg === "security.privileged" && args[i + 1] === "true"),
  );
  if (verb === "config") return privileged ? { ...nothing, engine, deed: "run", privileged } : undefined;
  if (verb !== "launch" && verb !== "init" && verb !== "create") return undefined;
  const image = args.slice(args.indexOf(verb) + 1).find((arg) => !arg.startsWith("-"));
  return { ...nothing, engine, deed: "run", image, privileged };
}

/** `POST /containers/create` and `POST /images/create` sent by hand to docker.sock or to a TCP port. */
function api(args: readonly string[]): ContainerRequest | undefined {
  const url = args.find((arg) => /\/(?:containers|images)\/create(?:\?|$)/.test(arg.slice(0, 2048)));
  if (url === undefined) return undefined;
  if (url.includes("/images/create")) {
    const image = /[?&]fromImage=([^&\s]{1,300})/.exec(url)?.[1];
    return image === undefined ? undefined : pulled("API", decoded(image));
  }
  const body = args
    .filter((arg) => arg.includes("{"))
    .join("\n")
    .slice(0, 65_536);
  const image = /"Image"\s*:\s*"([^"]{1,300})"/i.exec(body)?.[1];
  return { ...nothing, engine: "API", deed: "run", image, privileged: privilegedIn(body), words: [body] };
}

function ran(engine: string, args: readonly string[], flags: ReadonlySet<string>): ContainerRequest | undefined {
  const { options, rest } = split(args, flags);
  if (rest[0] === undefined) return undefined;
  const binds = [...(options.get("v") ?? []), ...(options.get("volume") ?? []), ...mounts(options.get("mount"))];
  return {
    engine,
    deed: "run",
    image: rest[0],
    privileged: isOn(options.get("privileged")),
    binds,
    environment: [...(options.get("e") ?? []), ...(options.get("env") ?? [])],
    words: [...(options.get("entrypoint") ?? []), ...rest.slice(1)],
  };
}

const nothing = { privileged: false, binds: [], environment: [], words: [] } as const;

function pulled(engine: string, image: string | undefined): ContainerRequest | undefined {
  return image === undefined ? undefined : { ...nothing, engine, deed: "pull", image };
}

/** `type=bind,source=/,target=/host` as `/:/host`. */
function mounts(values: readonly string[] = []): string[] {
  return values.flatMap((value) => {
    const fields = new Map(value.split(",", 16).map((field) => field.split("=", 2) as [string, string]));
    const source = fields.get("source") ?? fields.get("src");
    const target = fields.get("target") ?? fields.get("dst") ?? fields.get("destination");
    return source && target ? [`${source}:${target}${fields.has("readonly") || fields.has("ro") ? ":ro" : ""}`] : [];
  });
}

/** Options up to the first operand, and the rest from there. */
function split(args: readonly string[], flags: ReadonlySet<string>) {
  const options = new Map<string, string[]>();
  let i = 0;
  while (i < args.length && (args[i] as string).startsWith("-") && args[i] !== "-") {
    if (args[i] === "--") return { options, rest: args.slice(i + 1) };
    i += option(args, i, flags, options) + 1;
  }
  return { options, rest: args.slice(i) };
}

/** Reads the option at `i` into `options`; answers how many further arguments it took. */
function option(
  args: readonly string[],
  i: number,
  flags: ReadonlySet<string>,
  options: Map<string, string[]>,
): number {
  const arg = args[i] as string;
  if (!arg.startsWith("-") || arg.length < 2) return 0;
  const add = (name: string, value: string) => options.set(name, [...(options.get(name) ?? []), value]);
  if (arg.startsWith("--")) {
    const equals = arg.indexOf("=");
    if (equals > 0) add(arg.slice(2, equals), arg.slice(equals + 1));
    else if (flags.has(arg.slice(2))) add(arg.slice(2), "true");
    else {
      add(arg.slice(2), args[i + 1] ?? "");
      return 1;
    }
    return 0;
  }
  const at = [...arg.slice(1, 16)].findIndex((letter) => !"ditPqhT".includes(letter));
  if (at < 0) return 0;
  const value = arg.slice(at + 2).replace(/^=/, "");
  add(arg[at + 1] as string, value === "" ? (args[i + 1] ?? "") : value);
  return value === "" ? 1 : 0;
}

function operands(args: readonly string[], flags: ReadonlySet<string>): readonly string[] {
  return split(args, flags).rest;
}

/** Index of the verb: behind `docker -H x --context y`. */
function afterGlobals(args: readonly string[]): number {
  let i = 0;
  while (i < args.length && (args[i] as string).startsWith("-")) {
    const arg = args[i] as string;
    const name = arg.replace(/^--?/, "");
    i += !arg.includes("=") && globalsWithValue.has(name) ? 2 : 1;
  }
  return i;
}

function lastOperand(args: readonly string[]): string | undefined {
  return args.findLast((arg) => !arg.startsWith("-") && arg !== "pull");
}

function isOn(values: readonly string[] | undefined): boolean {
  return values !== undefined && /^(?:true|1|t)$/i.test(values.at(-1) ?? "");
}

/** In JSON or YAML of any kind. */
function privilegedIn(text: string): boolean {
  return /(?:^|[\s{,"'])privileged["']?\s{0,8}:\s{0,8}["']?true/i.test(text.slice(0, 65_536));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

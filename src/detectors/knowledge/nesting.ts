/** Commands that stand inside another command's arguments: `find -exec`, `xargs`, `su -c`, `ssh host ...`, `docker exec`. */
import type { Via } from "./command.ts";
import { firstOperand, type OptionSpec } from "./options.ts";

/** A nested command, as words or as shell text. */
export type Nested =
  | { readonly via: Via; readonly words: readonly string[] }
  | { readonly via: Via; readonly text: string };

type Reader = (args: readonly string[]) => readonly Nested[];

const readers = new Map<string, Reader>([
  ["find", findExec],
  ["fd", (args) => after(args, ["-x", "-X", "--exec", "--exec-batch"])],
  ["fdfind", (args) => after(args, ["-x", "-X", "--exec", "--exec-batch"])],
  [
    "xargs",
    (args) =>
      argv(
        args,
        { short: "aEdILlnPs", long: ["arg-file", "delimiter", "max-args", "max-procs", "replace", "max-lines"] },
        0,
      ),
  ],
  ["parallel", parallel],
  ["eval", (args) => text("shell", args.join(" "))],
  ["watch", (args) => joined(args, { short: "n", long: ["interval"] }, 0, "shell")],
  ["su", (args) => text("shell", optionText(args, "c", "command"))],
  ["runuser", (args) => text("shell", optionText(args, "c", "command"))],
  ["sg", (args) => text("shell", optionText(args, "c", "command") ?? args[1])],
  ["script", (args) => text("shell", optionText(args, "c", "command"))],
  ["flock", (args) => text("shell", optionText(args, "c", "command"))],
  ["capsh", capsh],
  ["sqlite3", (args) => args.flatMap((arg) => text("code", /^\.(?:shell|system)\s+(.+)$/s.exec(arg)?.[1])).slice(0, 4)],
  ["ip", netns],
  ["trap", (args) => text("shell", args.length > 1 && !args[0]?.startsWith("-") ? args[0] : undefined)],
  ["ssh", ssh],
  ["sshpass", (args) => argv(args, { short: "pfdP" }, 0)],
  ["dbclient", ssh],
  ["docker", docker],
  ["podman", docker],
  ["nerdctl", docker],
  ["docker-compose", (args) => compose(args)],
  ["crictl", (args) => (args[0] === "exec" ? argv(args.slice(1), { short: "r" }, 1, "remote") : [])],
  ["ctr", (args) => afterWord(args, "exec", { long: ["exec-id", "user", "cwd"] })],
  ["runc", (args) => afterWord(args, "exec", { short: "eup", long: ["cwd", "env", "user", "process"] })],
  ["lxc-attach", (args) => after(args, ["--"], "remote")],
  ["lxc", (args) => after(args, ["--"], "remote")],
  ["kubectl", kubectl],
  ["k3s", (args) => (args[0] === "kubectl" ? kubectl(args.slice(1)) : [])],
  ["microk8s", (args) => (args[0] === "kubectl" ? kubectl(args.slice(1)) : [])],
  ["microk8s.kubectl", kubectl],
  ["oc", kubectl],
  ["start-stop-daemon", startStopDaemon],
  ["machinectl", (args) => (args[0] === "shell" ? argv(args.slice(1), {}, 1, "remote") : [])],
]);

/** Commands held in a command's arguments; empty for the many that hold none. */
export function nestedIn(name: string, args: readonly string[]): readonly Nested[] {
  return readers.get(name)?.(args) ?? [];
}

export function mayNest(name: string): boolean {
  return readers.has(name);
}

function text(via: Via, value: string | undefined): readonly Nested[] {
  return value ? [{ via, text: value }] : [];
}

function words(via: Via, list: readonly string[]): readonly Nested[] {
  return list.length > 0 ? [{ via, words: list }] : [];
}

function argv(args: readonly string[], spec: OptionSpec, operands: number, via: Via = "exec"): readonly Nested[] {
  return words(via, args.slice(firstOperand(args, 0, spec) + operands));
}

function joined(args: readonly string[], spec: OptionSpec, operands: number, via: Via): readonly Nested[] {
  return text(via, args.slice(firstOperand(args, 0, spec) + operands).join(" "));
}

function after(args: readonly string[], marks: readonly string[], via: Via = "exec"): readonly Nested[] {
  const at = args.findIndex((arg) => marks.includes(arg));
  return at < 0 ? [] : words(via, args.slice(at + 1));
}

/** `... WORD [options] CONTAINER command` */
function afterWord(args: readonly string[], word: string, spec: OptionSpec): readonly Nested[] {
  const at = args.indexOf(word);
  return at < 0 ? [] : argv(args.slice(at + 1), spec, 1, "remote");
}

/** Value of `-c X`, `-cX`, clustered `-lc X`, `--command X`, `--command=X`. */
function optionText(args: readonly string[], letter: string, long: string): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") return undefined;
    if (arg === `--${long}`) return args[i + 1];
    if (arg.startsWith(`--${long}=`)) return arg.slice(long.length + 3);
    if (arg[0] !== "-" || arg[1] === "-" || arg.length < 2) continue;
    const at = arg.indexOf(letter);
    if (at > 0 && at < 6) return at + 1 < arg.length ? arg.slice(at + 1) : args[i + 1];
  }
  return undefined;
}

const findActions = new Set(["-exec", "-execdir", "-ok", "-okdir"]);

function findExec(args: readonly string[]): readonly Nested[] {
  const found: Nested[] = [];
  for (let i = 0; i < args.length && found.length < 16; i++) {
    if (!findActions.has(args[i] as string)) continue;
    let end = i + 1;
    while (
      end < args.length &&
      args[end] !== ";" &&
      args[end] !== "\\;" &&
      !(args[end] === "+" && args[end - 1] === "{}")
    )
      end++;
    found.push(...words("exec", args.slice(i + 1, end)));
    i = end;
  }
  return found;
}

function parallel(args: readonly string[]): readonly Nested[] {
  const start = firstOperand(args, 0, {
    short: "jaSNnILdpX",
    long: ["jobs", "arg-file", "colsep", "delay", "timeout", "retries", "joblog"],
  });
  const end = args.findIndex((arg) => arg.startsWith(":::"));
  return text("exec", args.slice(start, end < 0 ? undefined : end).join(" "));
}

/** `capsh [--cap=...] -- [args for bash]` */
function capsh(args: readonly string[]): readonly Nested[] {
  const at = args.findIndex((arg) => arg === "--" || arg === "==");
  return at < 0 ? [] : words("exec", ["bash", ...args.slice(at + 1)]);
}

/** `ip netns exec NAME command`, `ip vrf exec NAME command` */
function netns(args: readonly string[]): readonly Nested[] {
  const at = args.indexOf("exec");
  return at > 0 && /^(?:netns|vrf)/.test(args[at - 1] ?? "") ? words("exec", args.slice(at + 2)) : [];
}

/** Letters with a value in OpenSSH's ssh(1). */
function ssh(args: readonly string[]): readonly Nested[] {
  return joined(args, { short: "bcDEeFIiJLlmOopPQRSWw" }, 1, "remote");
}

/** docker and podman: every option of `run` takes a value but these. */
const dockerFlags = new Set(
  "detach interactive tty rm privileged init read-only no-healthcheck oom-kill-disable publish-all quiet help sig-proxy disable-content-trust replace no-hosts no-hostname rmi tls-verify".split(
    " ",
  ),
);
const dockerGlobals: OptionSpec = {
  short: "Hcl",
  long: [
    "host",
    "context",
    "config",
    "log-level",
    "tlscacert",
    "tlscert",
    "tlskey",
    "namespace",
    "address",
    "root",
    "url",
  ],
};

function docker(all: readonly string[]): readonly Nested[] {
  let args = all.slice(firstOperand(all, 0, dockerGlobals));
  if (args[0] === "container") args = args.slice(1);
  if (args[0] === "compose") return compose(args.slice(1));
  if (args[0] !== "exec" && args[0] !== "run" && args[0] !== "create") return [];
  const { end, entrypoint } = dockerOptions(args);
  const inner = args.slice(end + 1);
  return words("remote", entrypoint ? [entrypoint, ...inner] : inner);
}

/** Walks docker's options from index 1; answers where the image or container stands. */
function dockerOptions(args: readonly string[]): { readonly end: number; readonly entrypoint?: string } {
  let entrypoint: string | undefined;
  let i = 1;
  while (i < args.length && (args[i] as string).startsWith("-")) {
    const arg = args[i] as string;
    i++;
    if (arg === "--") break;
    if (arg.startsWith("--")) {
      const [name, value] = arg.includes("=")
        ? [arg.slice(2, arg.indexOf("=")), arg.slice(arg.indexOf("=") + 1)]
        : [arg.slice(2)];
      if (name === "entrypoint") entrypoint = value ?? args[i];
      if (value === undefined && !dockerFlags.has(name ?? "")) i++;
      continue;
    }
    const valued = [...arg.slice(1, 16)].findIndex((letter) => !"ditPqh".includes(letter));
    if (valued >= 0 && valued + 2 === arg.length) i++;
  }
  return { end: i, entrypoint };
}

function compose(args: readonly string[]): readonly Nested[] {
  const at = args.findIndex((arg) => arg === "exec" || arg === "run");
  if (at < 0) return [];
  return argv(
    args.slice(at + 1),
    { short: "euwvpl", long: ["env", "user", "workdir", "index", "volume", "name", "entrypoint", "label"] },
    1,
    "remote",
  );
}

function kubectl(args: readonly string[]): readonly Nested[] {
  if (!args.some((arg) => arg === "exec" || arg === "run" || arg === "debug")) return [];
  return after(args, ["--"], "remote");
}

/** `start-stop-daemon -S -x FILE [-a FILE] -- args` */
function startStopDaemon(args: readonly string[]): readonly Nested[] {
  if (!args.some((a) => a === "--start" || /^-[A-Za-z]*S/.test(a.slice(0, 16)))) return [];
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const file = optionValue(own, ["-a", "--startas"]) ?? optionValue(own, ["-x", "--exec"]);
  return file ? words("exec", [file, ...(end < 0 ? [] : args.slice(end + 1))]) : [];
}

function optionValue(args: readonly string[], names: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (names.includes(arg)) return args[i + 1];
    const long = names.find((name) => name.startsWith("--") && arg.startsWith(`${name}=`));
    if (long) return arg.slice(long.length + 1);
    const short = names.find(
      (name) => name.length === 2 && arg[0] === "-" && arg[1] !== "-" && arg.endsWith(name[1] as string),
    );
    if (short && arg.length < 8) return args[i + 1];
  }
  return undefined;
}

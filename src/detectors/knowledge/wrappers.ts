/**
 * Programs that run another program given in their arguments. Option letters are those of the tools' man pages
 * (coreutils, util-linux, sudo, busybox, moreutils, strace, docker, kubectl).
 */
import { firstOperand, type OptionSpec } from "./options.ts";
import { basename, resolve } from "./paths.ts";

/** What a wrapper was asked to run. */
export interface Unwrapped {
  /** Index in the words where the inner command starts. */
  readonly start: number;
  readonly assignments?: readonly (readonly [string, string])[];
  readonly cwd?: string;
  /** Words that replace the ones from `start` on (`env -S`). */
  readonly words?: readonly string[];
}

interface Wrapper extends OptionSpec {
  /** Operands before the inner command: `timeout 5`, `chroot DIR`, `flock FILE`. */
  readonly operands?: number;
  /** `KEY=value` may stand before the inner command. */
  readonly assignments?: boolean;
  /** Option that moves the working directory. */
  readonly directory?: readonly string[];
  /** With one of these the wrapper runs no program of its arguments. */
  readonly alone?: readonly string[];
}

const plain: Wrapper = {};
const wrappers = new Map<string, Wrapper>([
  [
    "sudo",
    {
      short: "ughpCDRrtTU",
      long: ["user", "group", "host", "prompt", "close-from", "chdir", "chroot", "role", "type", "other-user"],
      assignments: true,
      directory: ["-D", "--chdir"],
      alone: ["-l", "--list", "-e", "--edit", "-v", "-K"],
    },
  ],
  ["doas", { short: "uCa" }],
  ["pkexec", { long: ["user"] }],
  ["gosu", { operands: 1 }],
  ["su-exec", { operands: 1 }],
  ["setuidgid", { operands: 1 }],
  ["chpst", { short: "ubUenmdofcrtpPC" }],
  [
    "runuser",
    {
      short: "ugGsw",
      long: ["user", "group", "supp-group", "shell"],
      alone: ["-c", "-l", "-", "--command", "--login"],
    },
  ],
  ["env", { short: "uCS", long: ["unset", "chdir", "split-string"], assignments: true, directory: ["-C", "--chdir"] }],
  ["nice", { short: "n", long: ["adjustment"] }],
  ["ionice", { short: "cn", long: ["class", "classdata"], alone: ["-p", "-P", "-u"] }],
  ["chrt", { short: "TPD", operands: 1, alone: ["-p", "--pid", "-m"] }],
  ["taskset", { operands: 1, alone: ["-p", "--pid", "-cp", "-pc"] }],
  ["numactl", { short: "mNCpil", long: ["membind", "cpunodebind", "physcpubind", "preferred", "interleave"] }],
  ["prlimit", { short: "p", long: ["pid"], alone: ["-p", "--pid"] }],
  ["setpriv", { long: ["reuid", "regid", "groups", "inh-caps", "bounding-set", "ambient-caps", "securebits"] }],
  ["timeout", { short: "sk", long: ["signal", "kill-after"], operands: 1 }],
  ["stdbuf", { short: "ioe", long: ["input", "output", "error"] }],
  ["time", { short: "fo", long: ["format", "output"] }],
  ["nohup", plain],
  ["setsid", plain],
  ["daemonize", { short: "aceEopluv" }],
  ["chroot", { long: ["userspec", "groups"], operands: 1 }],
  ["unshare", { short: "SGRw", long: ["root", "wd", "setuid", "setgid", "propagation", "map-user", "map-group"] }],
  ["nsenter", { short: "tSGW", long: ["target", "setuid", "setgid", "wdns"] }],
  ["strace", { short: "abeEIoOpPsSuUX", alone: ["-p"] }],
  ["ltrace", { short: "aADeFlnopsuwx", alone: ["-p"] }],
  ["flock", { short: "EwW", long: ["timeout", "wait", "conflict-exit-code"], operands: 1, alone: ["-c", "--command"] }],
  ["systemd-run", { short: "upEHM", long: ["unit", "property", "slice", "uid", "gid", "setenv", "on-calendar"] }],
  ["systemd-inhibit", { long: ["what", "who", "why", "mode"] }],
  ["setarch", { operands: 1 }],
  ["valgrind", plain],
  ["softlimit", { short: "acdfhlmoprst" }],
  ["aa-exec", { short: "pn", long: ["profile", "namespace"] }],
  ["runcon", { short: "utrl", operands: 1 }],
  ["pexec", plain],
  ["multitime", { short: "nfIiros" }],
  ["xvfb-run", { short: "enfpsw", long: ["error-file", "server-num", "auth-file", "server-args"] }],
  ["catchsegv", plain],
  ["perf", { operands: 1, short: "eoprgCIat" }],
  ["linux32", plain],
  ["linux64", plain],
  ["choom", { short: "np", alone: ["-p"] }],
  ["unbuffer", plain],
  ["rlwrap", { short: "bCDfgHlMOPqsSwz" }],
  ["torsocks", plain],
  ["torify", plain],
  ["proxychains", { short: "f" }],
  ["proxychains4", { short: "f" }],
  ["cpulimit", { short: "lpPe", long: ["limit"], alone: ["-p", "-e", "-P"] }],
  ["logsave", { operands: 1 }],
  ["fakeroot", plain],
  ["dbus-run-session", plain],
  ["exec", { short: "a" }],
  ["command", { alone: ["-v", "-V"] }],
  ["builtin", plain],
  ["coproc", plain],
]);

const multiCall = new Set(["busybox", "toybox"]);

/** ld-linux-x86-64.so.2, ld-musl-aarch64.so.1: running the loader runs its operand. */
function isLoader(name: string): boolean {
  return name.startsWith("ld-") && name.includes(".so");
}

/** Is this a program that `unwrap` knows how to take off? A cheap gate. */
export function isWrapper(name: string): boolean {
  return wrappers.has(name) || multiCall.has(name) || isLoader(name);
}

/** Takes one wrapper off; undefined when it runs nothing of its arguments (`sudo -l`, `env` alone). */
export function unwrap(words: readonly string[], cwd: string, home?: string): Unwrapped | undefined {
  const name = basename(words[0] as string);
  if (multiCall.has(name)) return words.length > 1 && !words[1]?.startsWith("-") ? { start: 1 } : undefined;
  const wrapper = wrappers.get(name) ?? (isLoader(name) ? { long: ["library-path", "preload", "argv0"] } : undefined);
  if (!wrapper) return undefined;
  const options = firstOperand(words, 1, wrapper);
  for (let i = 1; i < options; i++) if (wrapper.alone?.includes(words[i] as string)) return undefined;
  if (name === "env") return environment(words, options, cwd, home);
  let start = options + (wrapper.operands ?? 0);
  if (wrapper.operands && wrapper.alone?.includes(words[start] ?? "")) return undefined;
  const assignments: (readonly [string, string])[] = [];
  while (wrapper.assignments && isAssignment(words[start])) assignments.push(pair(words[start++] as string));
  if (start >= words.length) return undefined;
  const moved = directory(words, options, wrapper);
  return { start, assignments, cwd: moved === undefined ? cwd : resolve(moved, cwd, home) };
}

/** `env [-i] [-u NAME] [-C DIR] [-S STRING] [KEY=value]... [command]` */
function environment(words: readonly string[], options: number, cwd: string, home?: string): Unwrapped | undefined {
  const split = words.findIndex(
    (w, i) => i > 0 && i < options && (w.startsWith("-S") || w.startsWith("--split-string")),
  );
  if (split > 0) {
    const word = words[split] as string;
    const attached = word.startsWith("--") ? word.slice(15) : word.slice(2);
    const text = attached || (words[split + 1] ?? "");
    const rest = words.slice(split + (attached ? 1 : 2));
    const inner = [...text.split(/\s/).filter(Boolean), ...rest];
    return inner.length > 0 ? { start: 0, words: ["env", ...inner], cwd } : undefined;
  }
  let start = options;
  const assignments: (readonly [string, string])[] = [];
  while (isAssignment(words[start])) assignments.push(pair(words[start++] as string));
  if (start >= words.length) return undefined;
  const moved = directory(words, options, wrappers.get("env") as Wrapper);
  return { start, assignments, cwd: moved === undefined ? cwd : resolve(moved, cwd, home) };
}

function directory(words: readonly string[], end: number, wrapper: Wrapper): string | undefined {
  for (let i = 1; wrapper.directory && i < end; i++) {
    const word = words[i] as string;
    if (wrapper.directory.includes(word)) return words[i + 1];
    const long = wrapper.directory.find((name) => name.startsWith("--") && word.startsWith(`${name}=`));
    if (long) return word.slice(long.length + 1);
  }
  return undefined;
}

/** `NAME=value`, with a name the shell would accept. */
function isAssignment(word: string | undefined): boolean {
  const equals = word?.indexOf("=") ?? -1;
  return word !== undefined && equals > 0 && equals < 256 && /^[A-Za-z_]\w*$/.test(word.slice(0, equals));
}

function pair(word: string): readonly [string, string] {
  const equals = word.indexOf("=");
  return [word.slice(0, equals), word.slice(equals + 1)];
}

/** Secrets taken other than by reading their file: memory dumps, key strokes, the metadata service, command history. */
import type { Command } from "./command.ts";
import { fetchOf } from "./fetchers.ts";

export interface Access {
  /** Stable description without times or pids. */
  readonly what: string;
  readonly reason: string;
  readonly confidence: "low" | "medium" | "high";
}

/** Reads one command; undefined where it captures nothing. */
export function captureOf(command: Command): Access | undefined {
  return memoryDump(command) ?? metadata(command) ?? capture(command) ?? history(command);
}

const daemons = /ssh|gpg|keyring|kwallet|sudo|passwd|login|firefox|chrom|lsass|vault|aziot|agent/i;

/** gcore(1), gdb(1) in batch on a living process, procdump, coredumps by name. */
function memoryDump({ name, args }: Command): Access | undefined {
  if (name === "gcore" || name === "procdump") {
    return { what: `memory dump by ${name}`, reason: `${name} dumps the memory of a process`, confidence: "medium" };
  }
  if (name !== "gdb") return undefined;
  const text = args.join(" ").slice(0, 2048);
  const attached = /(?:^| )(?:-p|--?pid|attach)[= ]?(?:\d+|\$|`)/.test(text);
  const dumps = /\b(?:generate-core-file|gcore|dump (?:binary )?memory|find &?)/.test(text);
  const init = /(?:-p|--?pid)[= ]?1(?: |$)/.test(text);
  if (!attached || !(dumps || init || daemons.test(text))) return undefined;
  return { what: "memory dump by gdb", reason: "gdb dumps the memory of a living process", confidence: "medium" };
}

/** The metadata services' token paths (AWS IMDS, Azure IMDS, GCE), read by hand. */
function metadata(command: Command): Access | undefined {
  const fetch = fetchOf(command);
  const url = fetch?.urls.find((one) =>
    /(?:169\.254\.169\.254|169\.254\.170\.2|metadata\.google\.internal|100\.100\.100\.200)\S{0,200}(?:security-credentials|identity\/oauth2\/token|service-accounts\/\S{1,64}token|\/v2\/credentials|user-data)/.test(
      one.slice(0, 512),
    ),
  );
  return url === undefined
    ? undefined
    : {
        what: "cloud metadata token",
        reason: `${command.name} asks the metadata service for credentials`,
        confidence: "medium",
      };
}

/** Key strokes and logins captured. */
function capture({ name, args }: Command): Access | undefined {
  if (/^(?:e|f)?grep$/.test(name) && args.some((arg) => /^\/proc\/(?:\d+|\$[\w{}]{1,32}|\*)\/maps$/.test(arg))) {
    return { what: "memory map of a process", reason: "searches the memory map of a process", confidence: "medium" };
  }
  const text = args.join(" ").slice(0, 1024);
  if (name === "getent" && /^g?shadow(?: |$)/.test(text.replace(/^(?:-\S{1,32} )+/, "")))
    return { what: "password hashes", reason: "getent prints password hashes", confidence: "medium" };
  if (name === "xinput" && /^test(?:-xi2)?\b/.test(text))
    return { what: "key strokes", reason: "xinput shows every key stroke", confidence: "medium" };
  if (name === "secret-tool" && /^(?:search|lookup)\b/.test(text))
    return { what: "keyring", reason: "secret-tool reads the keyring", confidence: "medium" };
  if ((name === "strace" || name === "ltrace") && /(?:^| )-[a-z]*p/.test(text) && daemons.test(text)) {
    return { what: "traced logins", reason: `${name} listens in on a login program`, confidence: "medium" };
  }
  if (/^kwallet-query/.test(name))
    return { what: "keyring", reason: "kwallet-query reads the wallet", confidence: "medium" };
  return undefined;
}

/** `grep pass ~/.bash_history` */
function history(command: Command): Access | undefined {
  const reads = command.args.some((arg) => /_history\*?$/.test(arg));
  if (!reads || !/^(?:e|f|z)?grep$|^[gm]?awk$|^sed$/.test(command.name)) return undefined;
  const asked = command.args.some(
    (arg) => /pass|secret|token|ssh|key|mysql|sudo|-p\b/i.test(arg.slice(0, 256)) && !arg.includes("history"),
  );
  return asked
    ? { what: "command history", reason: "searches the command history for secrets", confidence: "medium" }
    : undefined;
}

/** Text that a pipeline is known to print: what `echo X | base64 -d | sh` makes the shell run. */
import type { Command } from "./command.ts";

const MAX = 65_536;

/**
 * What the stages print, where it can be told without running them; undefined otherwise.
 * Knows echo, printf, cat/tee of here-text, base64, base32 -d, xxd -r -p, rev, `openssl base64|enc -base64 -d`, `which`.
 */
export function literalOutput(stages: readonly Command[]): string | undefined {
  let input: string | undefined;
  let text: string | undefined;
  let stage = -1;
  for (const command of stages) {
    if (command.name === "") continue;
    const sibling = command.stage === stage;
    if (!sibling) input = text;
    stage = command.stage;
    const printed = print(command, input ?? hereText(command));
    if (printed === undefined || printed.length > MAX) return undefined;
    text = sibling && text !== undefined ? `${text}\n${printed}`.slice(0, MAX) : printed;
  }
  return text;
}

/** Body of a here-document or here-string on standard input. */
export function hereText(command: Command): string | undefined {
  const here = command.redirections.findLast((r) => r.operator === "<<<" || r.operator === "<<");
  return here && (here.fd ?? 0) === 0 ? here.target : undefined;
}

function print(command: Command, input: string | undefined): string | undefined {
  const { args } = command;
  switch (command.name) {
    case "echo":
      return echo(args);
    case "printf":
      return printf(args);
    case "cat":
      return args.every((arg) => arg === "-") ? input : undefined;
    case "tee":
      return input;
    case "base64":
      return args.some(decodes) ? base64(input) : undefined;
    case "openssl":
      return args.includes("-d") && args.some((a) => a === "base64" || a === "-base64" || a === "-a")
        ? base64(input)
        : undefined;
    case "xxd":
      return input !== undefined && args.some((a) => a.startsWith("-r") || a.endsWith("r")) ? unhex(input) : undefined;
    case "rev":
      return input
        ?.split("\n")
        .map((line) => [...line].reverse().join(""))
        .join("\n");
    case "which":
      return args.length === 1 ? args[0] : undefined;
    default:
      return undefined;
  }
}

function decodes(arg: string): boolean {
  return arg === "--decode" || arg === "-D" || (arg[0] === "-" && arg[1] !== "-" && arg.includes("d"));
}

/** `echo` as bash and busybox have it: `-n`, `-e`, `-E` in any cluster. */
function echo(args: readonly string[]): string {
  let i = 0;
  let escapes = false;
  for (; i < args.length && /^-[neE]+$/.test((args[i] as string).slice(0, 8)); i++) {
    if ((args[i] as string).includes("e")) escapes = true;
  }
  const text = args.slice(i).join(" ");
  return escapes ? unescaped(text) : text;
}

function printf(args: readonly string[]): string | undefined {
  const [format, ...values] = args[0] === "--" ? args.slice(1) : args;
  if (format === undefined) return undefined;
  let next = 0;
  return unescaped(format).replaceAll(/%[sb]/g, (spec) => {
    const value = values[next++] ?? "";
    return spec === "%b" ? unescaped(value) : value;
  });
}

/** C escapes: `\n`, `\t`, `\\`, `\xHH`, `\NNN`, `\0NNN`; bytes become characters of the same number. */
function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\(x[0-9A-Fa-f]{1,2}|0?[0-7]{1,3}|[abefnrtv\\])/g, (_, code: string) => {
    if (code[0] === "x") return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (code >= "0" && code <= "8") return String.fromCharCode(Number.parseInt(code, 8) & 255);
    return { n: "\n", t: "\t", r: "\r", "\\": "\\" }[code] ?? "";
  });
}

function base64(input: string | undefined): string | undefined {
  if (input === undefined) return undefined;
  const packed = input.replaceAll(/[\s"']/g, "");
  return /^[A-Za-z0-9+/_-]{2,}={0,2}$/.test(packed) ? Buffer.from(packed, "base64").toString("latin1") : undefined;
}

function unhex(input: string): string | undefined {
  const packed = input.replaceAll(/\s/g, "");
  return packed.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(packed)
    ? Buffer.from(packed, "hex").toString("latin1")
    : undefined;
}

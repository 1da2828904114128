/**
 * Hides secrets in what leaves the device: command lines, URLs, texts. On by default; the twin switches it.
 *
 * Blind spot: a secret that neither has a known form nor stands behind a telling name or option or in a place where a
 * known program expects one (`echo hunter2 > f`, `expect -c 'send "hunter2\r"'`, `read PASS <<< hunter2`) is shown. Hashes and digests are kept on purpose: they identify files and images.
 */
import { isSecretPair } from "./secret-name.ts";
import { hideOptions } from "./secret-option.ts";
import { mask, maskPairs, maskShapes } from "./secret-pattern.ts";

export { isSecretName } from "./secret-name.ts";

/** Masks secrets in any text; time is linear in its length. */
export function redactText(text: string): string {
  return redactWords(maskPairs(maskShapes(text)));
}

/** Masks secrets in arguments; the result has as many arguments as the input. */
export function redactArguments(argv: readonly string[]): string[] {
  const shown = argv.map((argument) => redactWhole(argument) ?? redactText(argument));
  hideOptions(shown);
  return shown;
}

/** `NAME=value` or `--name=value` as one whole argument: everything behind the `=` belongs to the secret. */
function redactWhole(argument: string): string | undefined {
  const equals = argument.indexOf("=");
  if (equals < 1 || equals > 96) return undefined;
  const name = argument.slice(0, equals);
  const plain = /^-{0,2}[A-Za-z_][\w.-]*$/.test(name);
  return plain && isSecretPair(name, "=", argument.slice(equals + 1)) ? `${name}=${mask}` : undefined;
}

const pieces = /[|;&\n()`]+|\s+|(?:'[^'\n]*'|"[^"\n]*"|[^\s'"|;&()`]|['"])+/g;
const separator = /^[|;&\n()`]/;

/** Applies the options of programs to every simple command of a shell line, also in quotes inside (`sh -c '...'`). */
function redactWords(text: string, depth = 3): string {
  const all = (text.match(pieces) ?? []).map((piece) => (depth > 0 ? redactQuoted(piece, depth) : piece));
  let command: number[] = [];
  for (const [index, piece] of all.entries()) {
    if (separator.test(piece)) {
      redactCommand(all, command);
      command = [];
    } else if (piece.trim() !== "") command.push(index);
  }
  redactCommand(all, command);
  return all.join("");
}

function redactQuoted(piece: string, depth: number): string {
  const inner = bare(piece);
  if (inner.length === piece.length || !/\s/.test(inner)) return piece;
  return `${piece[0]}${redactWords(inner, depth - 1)}${piece[0]}`;
}

function redactCommand(all: string[], command: readonly number[]): void {
  if (command.length < 2) return;
  const words = command.map((index) => bare(all[index] ?? ""));
  const shown = [...words];
  hideOptions(shown);
  for (const [position, index] of command.entries()) {
    if (shown[position] !== words[position]) all[index] = shown[position] ?? "";
  }
}

/** The word without one pair of surrounding quotes. */
function bare(word: string): string {
  const quote = word[0];
  return (quote === "'" || quote === '"') && word.length > 1 && word.endsWith(quote) ? word.slice(1, -1) : word;
}

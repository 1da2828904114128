/** Options of a command, as getopt_long(3) reads them: clustered letters, attached and separate values, `--`. */

export interface OptionSpec {
  /** Short options that take a value, as letters: `"oup"`. */
  readonly short?: string;
  /** Long options that take a value, without dashes. `--name=value` is always understood. */
  readonly long?: readonly string[];
  /** Stop at the first operand (POSIX; `env`, `sudo`, `sh`) instead of searching on behind it (GNU). */
  readonly posix?: boolean;
  /** `-name` with one dash is a long option (`find`, `openssl`, `java`). */
  readonly singleDash?: boolean;
}

export interface Options {
  /** Was the option given (short letter or long name, without dashes), with or without a value? */
  has(...names: string[]): boolean;
  /** Value of its last appearance. */
  value(...names: string[]): string | undefined;
  values(...names: string[]): readonly string[];
  readonly operands: readonly string[];
  /** Names in order of appearance. */
  readonly names: readonly string[];
}

interface Given {
  readonly name: string;
  readonly value?: string;
}

/** Splits arguments (without the program). Linear; never throws. */
export function parseOptions(args: readonly string[], spec: OptionSpec = {}): Options {
  const given: Given[] = [];
  const operands: string[] = [];
  let i = 0;
  while (i < args.length) {
    const arg = args[i] as string;
    i++;
    if (arg === "--") {
      operands.push(...args.slice(i, i + 4096));
      break;
    }
    if (arg.length < 2 || arg[0] !== "-") {
      operands.push(arg);
      if (!spec.posix) continue;
      operands.push(...args.slice(i, i + 4096));
      break;
    }
    i += arg[1] === "-" || spec.singleDash ? long(arg, args[i], spec, given) : short(arg, args[i], spec, given);
  }
  return options(given, operands);
}

/** Reads `--name[=value]`; answers how many further arguments it took. */
function long(arg: string, next: string | undefined, spec: OptionSpec, given: Given[]): number {
  const start = arg[1] === "-" ? 2 : 1;
  const equals = arg.indexOf("=");
  if (equals > 0) {
    given.push({ name: arg.slice(start, equals), value: arg.slice(equals + 1) });
    return 0;
  }
  const name = arg.slice(start);
  const takes = next !== undefined && spec.long?.includes(name);
  given.push(takes ? { name, value: next } : { name });
  return takes ? 1 : 0;
}

/** Reads `-abc`, `-ofile`, `-o file`; answers how many further arguments it took. */
function short(arg: string, next: string | undefined, spec: OptionSpec, given: Given[]): number {
  for (let i = 1; i < arg.length && i < 64; i++) {
    const name = arg[i] as string;
    if (!spec.short?.includes(name)) {
      given.push({ name });
      continue;
    }
    if (i + 1 < arg.length) {
      given.push({ name, value: arg.slice(i + 1) });
      return 0;
    }
    given.push(next === undefined ? { name } : { name, value: next });
    return next === undefined ? 0 : 1;
  }
  return 0;
}

function options(given: readonly Given[], operands: readonly string[]): Options {
  const values = (names: readonly string[]) =>
    given.flatMap(({ name, value }) => (value !== undefined && names.includes(name) ? [value] : []));
  return {
    has: (...names) => given.some(({ name }) => names.includes(name)),
    value: (...names) => values(names).at(-1),
    values: (...names) => values(names),
    operands,
    names: given.map(({ name }) => name),
  };
}

/** Index of the first operand in `words` from `start`, reading as POSIX does. */
export function firstOperand(words: readonly string[], start: number, spec: OptionSpec): number {
  let i = start;
  while (i < words.length) {
    const word = words[i] as string;
    if (word === "--") return i + 1;
    if (word.length < 2 || word[0] !== "-") return i;
    i++;
    if (word[1] === "-" || spec.singleDash) {
      if (!word.includes("=") && spec.long?.includes(word.slice(word[1] === "-" ? 2 : 1))) i++;
      continue;
    }
    for (let at = 1; at < word.length && at < 64; at++) {
      if (!spec.short?.includes(word[at] as string)) continue;
      if (at + 1 === word.length) i++;
      break;
    }
  }
  return Math.min(i, words.length);
}

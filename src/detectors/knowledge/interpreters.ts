/** Programs that run text: shells, and the interpreters of other languages with their code and script operands. */
import type { Command } from "./command.ts";
import { firstOperand, type OptionSpec } from "./options.ts";

const shells = new Set([
  "sh",
  "bash",
  "dash",
  "ash",
  "zsh",
  "ksh",
  "ksh93",
  "mksh",
  "pdksh",
  "rbash",
  "rksh",
  "hush",
  "fish",
  "csh",
  "tcsh",
  "yash",
  "posh",
  "lksh",
  "pwsh",
  "elvish",
]);

/** Is this the file name of a shell? */
export function isShell(name: string): boolean {
  return shells.has(name);
}

/** How bash(1), dash(1), zsh(1) and ksh(1) read their own options. */
const shellOptions: OptionSpec = { short: "oO", long: ["rcfile", "init-file"], posix: true };

/** A shell's invocation. */
export interface ShellCall {
  /** Operand of `-c`. */
  readonly script?: string;
  /** Script file, absent for `-c`, `-s` and a bare shell. */
  readonly file?: string;
  /** Reads its commands from standard input (no `-c`, no file). */
  readonly stdin: boolean;
  /** `-i`, `-l`/`--login` or `-p` without anything to run. */
  readonly interactive: boolean;
}

/** Reads a shell's arguments (without the program). */
export function shellCall(args: readonly string[]): ShellCall {
  let command = false;
  let fromStdin = false;
  let interactive = false;
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--" || arg === "-") {
      i++;
      break;
    }
    if (arg.length < 2 || (arg[0] !== "-" && arg[0] !== "+")) break;
    if (arg.startsWith("--")) {
      if (shellOptions.long?.includes(arg.slice(2))) i++;
      if (arg === "--command") command = true;
      continue;
    }
    if (arg[0] === "-" && arg.includes("c")) command = true;
    if (arg[0] === "-" && arg.includes("s")) fromStdin = true;
    if (arg[0] === "-" && arg.includes("i")) interactive = true;
    if (arg.endsWith("o") || arg.endsWith("O")) i++;
  }
  const operand = args[i];
  if (command) return { script: operand ?? "", stdin: false, interactive };
  if (fromStdin || operand === undefined) return { stdin: true, interactive };
  return { file: operand, stdin: false, interactive };
}

interface Interpreter {
  readonly options: OptionSpec;
  /** Short letters and long names whose value is code. */
  readonly code: readonly string[];
  /** Options with which the operand is no script file. */
  readonly noScript?: readonly string[];
  /** The first operand is the code itself unless a file option stands before it (awk, sed). */
  readonly operandIsCode?: boolean;
}

const interpreters: Record<string, Interpreter> = {
  perl: { options: { short: "eEIMmxiCDlF0" }, code: ["-e", "-E"] },
  python: { options: { short: "cmWXQ" }, code: ["-c"], noScript: ["-m"] },
  ruby: { options: { short: "eIrCEKTW" }, code: ["-e"] },
  php: {
    options: { short: "cdrBREFftSz", long: ["run", "file", "define", "ini"] },
    code: ["-r", "-B", "-R", "-E", "--run"],
    noScript: ["-S"],
  },
  lua: { options: { short: "el" }, code: ["-e"] },
  node: {
    options: { short: "eprC", long: ["eval", "print", "require", "import", "loader", "conditions"] },
    code: ["-e", "-p", "-pe", "--eval", "--print"],
  },
  tclsh: { options: { long: ["encoding"], singleDash: true }, code: [] },
  expect: { options: { short: "cf" }, code: ["-c"] },
  awk: {
    options: { short: "vFfeil", long: ["file", "assign", "field-separator", "source"] },
    code: ["-e", "--source"],
    operandIsCode: true,
  },
  guile: { options: { short: "ceLlsx" }, code: ["-c"] },
  r: { options: { short: "ef" }, code: ["-e"] },
  julia: { options: { short: "eELpt" }, code: ["-e", "-E"] },
  gdb: {
    options: { long: ["ex", "eval-command", "command", "x", "batch"], singleDash: true },
    code: ["-ex", "--ex", "--eval-command", "-eval-command"],
  },
};

const families: readonly (readonly [string, string])[] = [
  ["python", "python"],
  ["pypy", "python"],
  ["perl", "perl"],
  ["ruby", "ruby"],
  ["jruby", "ruby"],
  ["irb", "ruby"],
  ["php", "php"],
  ["luajit", "lua"],
  ["lua", "lua"],
  ["nodejs", "node"],
  ["node", "node"],
  ["bun", "node"],
  ["tclsh", "tclsh"],
  ["wish", "tclsh"],
  ["expect", "expect"],
  ["mawk", "awk"],
  ["gawk", "awk"],
  ["nawk", "awk"],
  ["original-awk", "awk"],
  ["awk", "awk"],
  ["guile", "guile"],
  ["Rscript", "r"],
  ["julia", "julia"],
  ["gdb", "gdb"],
];

/**
 * Family of an interpreter that is not a shell: `python3.11` and `pypy3` are "python", `nodejs` is "node".
 * Undefined for other programs (`php-fpm`, `perldoc`, `python3-config` are others).
 */
export function interpreterFamily(name: string): string | undefined {
  for (const [prefix, family] of families) {
    if (name.startsWith(prefix) && isVersion(name, prefix.length)) return family;
  }
  return undefined;
}

/** Only digits and dots, at most one build letter (`3.6m`), from `at` on. */
function isVersion(name: string, at: number): boolean {
  if (name.length - at > 8) return false;
  for (let i = at; i < name.length; i++) {
    const c = name.charCodeAt(i);
    if (c !== 46 && (c < 48 || c > 57) && !(i === name.length - 1 && i > at && (c === 100 || c === 109))) return false;
  }
  return true;
}

export interface InterpreterCall {
  readonly family: string;
  /** Code given on the line (`-e`, `-c`, awk's program), joined by newlines. */
  readonly code?: string;
  /** Script file operand. */
  readonly file?: string;
  /** No code and no file: the program comes from standard input. */
  readonly stdin: boolean;
}

const cache = new WeakMap<Command, InterpreterCall | null>();

/** Reads an interpreter's arguments; undefined when the command is none (shells have `shellCall`). */
export function interpreterCall(command: Command): InterpreterCall | undefined {
  const known = cache.get(command);
  if (known !== undefined) return known ?? undefined;
  const family = interpreterFamily(command.name);
  const call = family ? read(family, command.args) : undefined;
  cache.set(command, call ?? null);
  return call;
}

/** Also used before a Command exists. */
export function read(family: string, args: readonly string[]): InterpreterCall {
  const spec = interpreters[family] as Interpreter;
  const end = firstOperand(args, 0, spec.options);
  const code: string[] = [];
  let noScript = false;
  let programFile = false;
  for (let i = 0; i < end; i++) {
    const arg = args[i] as string;
    if (spec.noScript?.some((option) => arg.startsWith(option))) noScript = true;
    if (spec.operandIsCode && (arg.startsWith("-f") || arg.startsWith("--file"))) programFile = true;
    const found = codeOf(arg, args[i + 1], spec);
    if (found !== undefined) code.push(found);
  }
  const operand = args[end];
  if (spec.operandIsCode && !programFile && code.length === 0 && operand !== undefined) code.push(operand);
  if (code.length > 0) return { family, code: code.join("\n"), stdin: false };
  if (noScript || spec.operandIsCode) return { family, stdin: false };
  if (operand === undefined || operand === "-") return { family, stdin: !informs(args) };
  return { family, file: operand, stdin: false };
}

/** Code held by one option, attached (`-e'code'`, clustered `-ne`), `--eval=code` or in the next word. */
function codeOf(arg: string, next: string | undefined, spec: Interpreter): string | undefined {
  for (const option of spec.code) {
    if (arg === option) return next;
    if (arg.startsWith("--") || spec.options.singleDash) {
      if (arg.startsWith(`${option}=`)) return arg.slice(option.length + 1);
      continue;
    }
    const letter = option.length === 2 ? (option[1] as string) : "";
    if (!letter || arg[0] !== "-" || arg[1] === "-") continue;
    const at = clustered(arg, letter, spec.options.short ?? "");
    if (at > 0) return at + 1 < arg.length ? arg.slice(at + 1) : next;
  }
  return undefined;
}

/** Place of a letter in a cluster of options, 0 when a letter before it takes the rest as its value. */
function clustered(arg: string, letter: string, valued: string): number {
  for (let i = 1; i < arg.length && i < 16; i++) {
    if (arg[i] === letter) return i;
    // perl's -i, -l, -0, -C, -D, -F take an optional attached value: `-pi -e`, `-lne`.
    if (valued.includes(arg[i] as string) && !"il0CDF".includes(arg[i] as string)) return 0;
  }
  return 0;
}

function informs(args: readonly string[]): boolean {
  return args.some((arg) => ["--version", "-v", "-V", "--help", "-h", "-i", "-m"].includes(arg));
}

/** Calls with which the languages hand text or an argv to the system. */
const calls = [
  "system",
  "popen",
  "exec",
  "execl",
  "execlp",
  "execle",
  "execv",
  "execvp",
  "execve",
  "execSync",
  "execFileSync",
  "execFile",
  "execvpe",
  "spawn",
  "spawnSync",
  "spawnl",
  "spawnlp",
  "spawnv",
  "shell_exec",
  "passthru",
  "proc_open",
  "pcntl_exec",
  "run",
  "call",
  "check_call",
  "check_output",
  "Popen",
  "getoutput",
  "getstatusoutput",
  "execute",
  "os_execute",
  "Open3.popen3",
];
const callNames = new Set(calls);

/** What a piece of code hands to the system. */
export interface SystemCall {
  readonly function: string;
  /** One text (for a shell) or the words of an argv. */
  readonly words: readonly string[];
}

/**
 * Finds literal strings handed to the system in code of any of the languages: `os.system("id")`, `exec "/bin/sh"`,
 * `` `id` ``, `subprocess.call(["/bin/sh","-i"])`, `cmd | getline`, `execl("/bin/sh","sh",0)`. One pass, at most 16 KiB.
 *
 * Blind spot: strings put together at run time.
 */
export function systemCalls(source: string): readonly SystemCall[] {
  const code = source.length > 16384 ? source.slice(0, 16384) : source;
  const found: SystemCall[] = [];
  let i = 0;
  while (i < code.length && found.length < 32) {
    const char = code[i] as string;
    if (isQuote(char)) {
      const { text, end } = quoted(code, i);
      const after = rest(code, end);
      if (char === "`" && text.trim()) found.push({ function: "`", words: [text] });
      else if (after.startsWith("|getline") || after.startsWith("| getline"))
        found.push({ function: "getline", words: [text] });
      else if (beforePipe(code, i)) found.push({ function: "|", words: [text] });
      i = end;
    } else if (isWord(char)) {
      let end = i + 1;
      while (end < code.length && isWord(code[end] as string)) end++;
      const name = code.slice(i, end);
      i = end;
      if (callNames.has(name)) {
        const words = argumentsAt(code, end);
        if (words.length > 0) found.push({ function: name, words });
      }
    } else i++;
  }
  return found;
}

function rest(code: string, at: number): string {
  return code.slice(at, at + 16).trimStart();
}

/** awk: `print | "cmd"`. */
function beforePipe(code: string, at: number): boolean {
  const before = code.slice(Math.max(0, at - 3), at).trimEnd();
  return before.endsWith("|") && !before.endsWith("||");
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'" || char === "`";
}

function isWord(char: string): boolean {
  return (char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || (char >= "0" && char <= "9") || char === "_";
}

/** The literal strings of an argument list that starts at `at`, until something else than a string ends it. */
function argumentsAt(code: string, at: number): string[] {
  const words: string[] = [];
  let i = at;
  while (i < code.length && words.length < 32 && i - at < 8192) {
    const char = code[i] as string;
    if (isQuote(char)) {
      const { text, end } = quoted(code, i);
      words.push(text);
      i = end;
    } else if (" \t\n([,{".includes(char)) i++;
    else if (char === "q" && "({".includes(code[i + 1] ?? "")) i++;
    else break;
  }
  return words;
}

/** A quoted string starting at `at`: its text without the backslashes, and the place behind it. */
function quoted(code: string, at: number): { readonly text: string; readonly end: number } {
  const quote = code[at];
  let text = "";
  let i = at + 1;
  while (i < code.length && code[i] !== quote) {
    if (code[i] === "\\" && i + 1 < code.length) i++;
    text += code[i];
    i++;
  }
  return { text, end: i + 1 };
}

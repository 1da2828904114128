/** Builds a CommandLine: takes wrappers off, and follows commands into shell text, arguments and code. */
import type { ParsedScript } from "unbash";
import type { Command, CommandLine, Redirection, Via } from "./command.ts";
import { interpreterFamily, isShell, read, shellCall, systemCalls } from "./interpreters.ts";
import { mayNest, type Nested, nestedIn } from "./nesting.ts";
import { basename } from "./paths.ts";
import { hereText, literalOutput } from "./payload.ts";
import { parseShell, type Simple, type Sink, Walker } from "./shell.ts";
import { isWrapper, unwrap } from "./wrappers.ts";

const MAX_COMMANDS = 256;
const MAX_DEPTH = 8;
const MAX_TEXT = 65_536;
/** Openers of nested scripts in one text; the parser scans such text again for every level. */
const MAX_OPENERS = 512;

/** Where a command stands; filled in while wrappers are taken off. */
interface Place {
  cwd: string;
  readonly pipeline: number;
  readonly stage: number;
  readonly background: boolean;
  readonly depth: number;
  readonly holder: number;
  readonly via?: Via;
  readonly redirections: readonly Redirection[];
  readonly assignments: readonly (readonly [string, string])[];
}

type Writable = { -readonly [K in keyof Command]: Command[K] };

export class Analysis implements CommandLine {
  readonly commands: Command[] = [];
  readonly pipelines: Command[][] = [];
  readonly text: string;
  script: string | undefined;
  partial = false;
  readonly #home: string | undefined;
  /** Characters of nested text that may still be parsed. */
  #budget = 2 * MAX_TEXT;

  constructor(argv: readonly string[], cwd: string, home: string | undefined) {
    this.#home = home;
    const words = this.#bounded(argv);
    const text = words.join(" ");
    this.text = text.length > 8192 ? text.slice(0, 8192) : text;
    if (words.length === 0) return;
    const place = {
      cwd,
      pipeline: this.#pipeline(),
      stage: 0,
      background: false,
      depth: 0,
      holder: -1,
      redirections: [],
      assignments: [],
    };
    this.#add(words, place);
    const own = this.commands[0];
    if (own && isShell(own.name)) this.script = shellCall(own.args).script;
  }

  #bounded(argv: readonly string[]): readonly string[] {
    let left = MAX_TEXT;
    for (let i = 0; i < argv.length; i++) {
      const size = (argv[i] as string).length + 1;
      if (size > left) {
        this.partial = true;
        return [...argv.slice(0, i), (argv[i] as string).slice(0, Math.max(0, left - 1))];
      }
      left -= size;
    }
    return argv;
  }

  #pipeline(): number {
    this.pipelines.push([]);
    return this.pipelines.length - 1;
  }

  /** Adds the command that `words` make in this place, and everything inside it. Answers its index, -1 when full. */
  #add(given: readonly string[], place: Place): number {
    let words = given;
    let cwd = place.cwd;
    const wrappers: string[] = [];
    let assignments = place.assignments;
    while (words.length > 0 && wrappers.length < 16 && isWrapper(basename(words[0] as string))) {
      const inner = unwrap(words, cwd, this.#home);
      if (!inner) break;
      if (!inner.words) wrappers.push(basename(words[0] as string));
      words = inner.words ?? words.slice(inner.start);
      cwd = inner.cwd ?? cwd;
      if (inner.assignments?.length) assignments = [...assignments, ...inner.assignments];
    }
    if (this.commands.length >= MAX_COMMANDS) {
      this.partial = true;
      return -1;
    }
    const program = words[0] ?? "";
    const command: Writable = {
      name: nameOf(program),
      program,
      args: words.slice(1),
      assignments,
      redirections: place.redirections,
      wrappers,
      cwd,
      home: this.#home,
      pipeline: place.pipeline,
      stage: place.stage,
      substitutions: none,
      background: place.background,
      depth: place.depth,
      nested: place.depth > 0,
      holder: place.holder,
      via: place.via,
    };
    const index = this.commands.push(command) - 1;
    this.pipelines[place.pipeline]?.push(command);
    this.#inside(command, index);
    return index;
  }

  /** Follows a command into what it runs. */
  #inside(command: Command, index: number): void {
    const { name, args } = command;
    if (isShell(name)) this.#shell(command, index);
    else if (mayNest(name)) for (const nested of nestedIn(name, args)) this.#nested(nested, command, index);
    else if (name === "at" || name === "batch") this.#input(command, index);
    else if (args.length > 0) {
      const family = interpreterFamily(name);
      if (family) this.#code(family, command, index);
    }
  }

  #shell(command: Command, index: number): void {
    const call = shellCall(command.args);
    if (call.script !== undefined) this.#text(call.script, command, index, "shell");
    else if (call.stdin) this.#input(command, index);
  }

  /** A shell that reads its commands from here-text or from a pipe whose text is known. */
  #input(command: Command, index: number): void {
    const before = this.pipelines[command.pipeline]?.filter((c) => c.stage < command.stage) ?? [];
    const text = hereText(command) ?? (command.stage > 0 ? literalOutput(before) : undefined);
    if (text) this.#text(text, command, index, "shell");
  }

  #code(family: string, command: Command, index: number): void {
    const { code } = read(family, command.args);
    if (!code) return;
    for (const { function: called, words } of systemCalls(code)) {
      const [first] = words;
      if (first === undefined) continue;
      const list = words.length > 1 ? (called.startsWith("execl") ? [first, ...words.slice(2)] : words) : undefined;
      this.#nested(list ? { via: "code", words: list } : { via: "code", text: first }, command, index);
    }
  }

  #nested(nested: Nested, command: Command, index: number): void {
    if ("text" in nested) {
      this.#text(nested.text, command, index, nested.via);
      return;
    }
    if (!this.#deeper(command)) return;
    this.#add(nested.words, {
      cwd: nested.via === "remote" ? "" : command.cwd,
      pipeline: this.#pipeline(),
      stage: 0,
      background: false,
      depth: command.depth + 1,
      holder: index,
      via: nested.via,
      redirections: none,
      assignments: none,
    });
  }

  #deeper(command: Command): boolean {
    if (command.depth < MAX_DEPTH && this.commands.length < MAX_COMMANDS) return true;
    this.partial = true;
    return false;
  }

  #text(text: string, command: Command, index: number, via: Via): void {
    if (!this.#deeper(command)) return;
    const bounded = text.length > this.#budget ? text.slice(0, this.#budget) : text;
    const clipped = clip(bounded);
    if (clipped.length < text.length) this.partial = true;
    this.#budget -= clipped.length;
    const script = clipped ? parseShell(clipped) : undefined;
    if (script) this.#script(script, command, index, via);
    else if (clipped) this.partial = true;
  }

  #script(script: ParsedScript, command: Command, index: number, via: Via, variables?: Map<string, string>): number[] {
    const added: number[] = [];
    const analysis = this;
    const sink: Sink = {
      budget: 16_384,
      get partial() {
        return analysis.partial;
      },
      set partial(value: boolean) {
        analysis.partial = value;
      },
      pipeline: () => this.#pipeline(),
      simple: (simple) => this.#simple(simple, command.depth + 1, index, via, walker, added),
    };
    const known = variables ?? new Map(command.assignments.filter(([, value]) => value.length < 4096).slice(0, 64));
    const walker = new Walker(sink, via === "remote" ? "" : command.cwd, this.#home, known);
    walker.script(script);
    return added;
  }

  #simple(simple: Simple, depth: number, holder: number, via: Via, walker: Walker, added: number[]): boolean {
    const { words, assignments, redirections, background, cwd, pipeline, stage } = simple;
    const place: Place = { cwd, pipeline, stage, background, depth, holder, via, redirections, assignments };
    const index = this.#add(words, place);
    if (index < 0) return false;
    added.push(index);
    if (simple.substitutions.length > 0) this.#substitutions(simple, index, walker);
    return true;
  }

  #substitutions(simple: Simple, index: number, walker: Walker): void {
    const command = this.commands[index] as Writable;
    const inner: number[] = [];
    for (const script of simple.substitutions) {
      if (!this.#deeper(command)) break;
      inner.push(...this.#script(script, command, index, "substitution", new Map(walker.variables)));
    }
    command.substitutions = inner.map((i) => this.commands[i] as Command);
    if (simple.substitutions.length === 1 && takesText(command)) {
      const text = literalOutput(command.substitutions);
      if (text) this.#text(text, command, index, "shell");
    }
  }
}

const none: readonly never[] = [];

/** Is a substitution in this command's words run as text: `$(echo id)`, `eval "$(...)"`, `sh <(...)`, `. <(...)`? */
function takesText(command: Command): boolean {
  const { name, program, args } = command;
  if (program.startsWith("$(") || program.startsWith("`")) return true;
  const wholly = args.some((arg) => arg.startsWith("$(") || arg.startsWith("`") || arg.startsWith("<("));
  return wholly && (name === "eval" || name === "source" || name === "." || isShell(name));
}

/** Cuts text behind the last opener that may still be followed. */
function clip(text: string): string {
  let openers = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    // ( ` {
    if ((c === 40 || c === 96 || c === 123 || (c === 60 && text.charCodeAt(i + 1) === 60)) && ++openers > MAX_OPENERS)
      return text.slice(0, i);
  }
  return text;
}

/** File name of a program; a login shell's leading dash is not part of it. An unknown program keeps its text. */
function nameOf(program: string): string {
  // Whatever shell it is: bash(1) and login(1) set SHELL to one.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own syntax
  if (program === "$SHELL" || program === "${SHELL}" || program === "$BASH") return "sh";
  if (program.startsWith("$") || program.startsWith("`"))
    return program.includes("/") && !program.includes("(") ? basename(program) : program;
  const name = basename(program);
  return name.startsWith("-") && isShell(name.slice(1)) ? name.slice(1) : name;
}

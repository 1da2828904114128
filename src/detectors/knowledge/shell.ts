/**
 * Shell text to simple commands, by way of the bash parser `unbash` (see docs/decisions/shell-parser.md).
 *
 * What is followed: quoting, `X=literal; $X`, `cd`, pipelines and groups, substitutions, redirections of groups.
 * Conditions are not judged: every branch counts as run.
 */
import {
  type AndOr,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  parse,
  type Redirection as RedirectionNode,
  type Command as SimpleNode,
  type Statement,
  type SyntaxNode,
  type Word,
  type WordPart,
} from "unbash";
import type { Redirection } from "./command.ts";
import { resolve } from "./paths.ts";

/** A simple command as the script has it, before wrappers are taken off. */
export interface Simple {
  readonly words: readonly string[];
  readonly assignments: readonly (readonly [string, string])[];
  readonly redirections: readonly Redirection[];
  readonly background: boolean;
  readonly cwd: string;
  readonly pipeline: number;
  readonly stage: number;
  /** Scripts of `$(...)`, backquotes and `<(...)` in its words. */
  readonly substitutions: readonly ParsedScript[];
}

/** What the walker asks of its caller. */
export interface Sink {
  /** Takes one command; false stops the walk. */
  simple(command: Simple): boolean;
  /** Opens a pipeline and answers its index. */
  pipeline(): number;
  /** How many characters of expanded text may still be made. */
  budget: number;
  partial: boolean;
}

interface Scope {
  readonly pipeline: number;
  readonly stage: number;
  readonly background: boolean;
  readonly redirections: readonly Redirection[];
}

/** Longest value of a variable that is followed. */
const MAX_VALUE = 4096;
const MAX_VARIABLES = 128;

/** Parses text; undefined where the parser gives up (it throws on some absurd nesting). */
export function parseShell(source: string): ParsedScript | undefined {
  // A script squeezed into one line: everything behind its shebang would be a comment.
  const oneLine = source.startsWith("#!") && !source.includes("\n") && source.includes(";");
  const text = oneLine ? source.slice(source.indexOf(";") + 1) : source;
  try {
    return parse(text.includes("IFS") ? text.replaceAll(/\$(?:\{IFS[^}\s]{0,16}\}|IFS)(?:\$\d)?/g, " ") : text);
  } catch {
    return undefined;
  }
}

export class Walker {
  cwd: string;
  readonly #home: string | undefined;
  readonly #sink: Sink;
  readonly #variables: Map<string, string>;
  #stopped = false;
  /** The keyword `time` stands before the next command; it counts as the wrapper of that name. */
  #timed = false;
  /** Last stage used inside the pipeline's member being walked. */
  #highest = 0;

  constructor(sink: Sink, cwd: string, home: string | undefined, variables: Map<string, string> = new Map()) {
    this.#sink = sink;
    this.cwd = cwd;
    this.#home = home;
    this.#variables = variables;
  }

  get variables(): Map<string, string> {
    return this.#variables;
  }

  script(script: ParsedScript): void {
    if (script.errors?.length) this.#sink.partial = true;
    for (const statement of script.commands) this.#statement(statement, undefined);
  }

  #list(list: CompoundList, scope: Scope | undefined): void {
    for (const statement of list.commands) this.#statement(statement, scope);
  }

  #statement(statement: Statement, scope: Scope | undefined): void {
    if (this.#stopped) return;
    const background = statement.background === true || scope?.background === true;
    this.#node(statement.command, scope ? { ...scope, background } : undefined, background);
  }

  /** `cd a || cd b`: the first is taken to have worked. */
  #andOr(node: AndOr, scope: Scope | undefined, background: boolean): void {
    let moved = false;
    node.commands.forEach((command, i) => {
      const cwd = this.cwd;
      this.#node(command, scope, background);
      const alternative = node.operators[i - 1] === "||" && moved;
      if (alternative) this.cwd = cwd;
      moved ||= this.cwd !== cwd;
    });
  }

  #node(node: SyntaxNode, scope: Scope | undefined, background: boolean): void {
    if (this.#stopped) return;
    switch (node.type) {
      case "AndOr":
        this.#andOr(node, scope, background);
        return;
      case "Pipeline": {
        const pipeline = scope?.pipeline ?? this.#sink.pipeline();
        const cwd = this.cwd;
        const redirections = scope?.redirections ?? [];
        let stage = scope?.stage ?? 0;
        this.#timed = node.prefixes.some((prefix) => prefix.type === "Time");
        for (const command of node.commands) {
          this.#highest = stage;
          this.#node(command, { pipeline, stage, background, redirections }, background);
          stage = this.#highest + 1;
        }
        if (node.commands.length > 1) this.cwd = cwd;
        return;
      }
      case "Command":
        this.#simple(node, scope, background);
        return;
      case "Redirected": {
        const own = node.redirects.map((r) => this.#redirection(r));
        const inner = scope ?? { pipeline: this.#sink.pipeline(), stage: 0, background, redirections: [] };
        const scripts: ParsedScript[] = [];
        for (const redirect of node.redirects) collectScripts(redirect, scripts);
        if (scripts.length > 0) this.#emit([], [], own, inner, background, scripts);
        this.#node(node.command, { ...inner, redirections: [...own, ...inner.redirections] }, background);
        return;
      }
      default:
        this.#compound(node, scope, background);
    }
  }

  /** `for f in /var/log/*`: the one word stands for all. Several words, and unknown ones, keep the name. */
  #loop(node: SyntaxNode): void {
    if (node.type !== "For" || node.wordlist?.length !== 1) return;
    const value = this.#value(node.wordlist[0] as Word);
    if (value.startsWith("/") && value.includes("*")) this.#assign(node.name.value, value);
  }

  #compound(node: SyntaxNode, scope: Scope | undefined, background: boolean): void {
    this.#loop(node);
    const cwd = this.cwd;
    const scripts: ParsedScript[] = [];
    forEachChild(node, (child) => {
      if (child.type === "CompoundList") this.#list(child, scope);
      else if (child.type === "CaseItem" || child.type === "Elif") this.#compound(child, scope, background);
      else if (isCommandNode(child)) this.#node(child, scope, background);
      else collectScripts(child, scripts);
    });
    if (scripts.length > 0 && !this.#stopped) {
      const inner = scope ?? { pipeline: this.#sink.pipeline(), stage: 0, background, redirections: [] };
      this.#emit([], [], [], inner, background, scripts);
    }
    if (node.type === "Subshell") this.cwd = cwd;
  }

  #simple(node: SimpleNode, scope: Scope | undefined, background: boolean): void {
    const scripts: ParsedScript[] = [];
    const words: string[] = [];
    const assignments: (readonly [string, string])[] = [];
    if (this.#timed && node.name) words.push("time");
    this.#timed = false;
    if (node.name) this.#words(node.name, words, scripts);
    for (const item of [...node.prefix, ...node.suffix]) {
      if (item.type === "Word") this.#words(item, words, scripts);
      else if (item.type === "Assignment") {
        collectScripts(item, scripts);
        const value =
          item.value.type === "Word" ? this.#value(item.value) : item.text.slice(item.text.indexOf("=") + 1);
        if (node.name && !node.prefix.includes(item)) words.push(`${item.name}=${value}`);
        else assignments.push([item.name, value]);
        if (!node.name || declares.has(words[0] ?? "")) this.#assign(item.name, value);
      } else collectScripts(item, scripts);
    }
    const own = node.redirects.map((r) => this.#redirection(r));
    const inner = scope ?? { pipeline: this.#sink.pipeline(), stage: 0, background, redirections: [] };
    this.#emit(words, assignments, [...own, ...inner.redirections], inner, background, scripts);
    if (words[0] === "cd" || words[0] === "pushd") this.#move(words);
  }

  #emit(
    words: readonly string[],
    assignments: readonly (readonly [string, string])[],
    redirections: readonly Redirection[],
    scope: Scope,
    background: boolean,
    substitutions: readonly ParsedScript[],
  ): void {
    const { pipeline, stage } = scope;
    const simple = { words, assignments, redirections, background, cwd: this.cwd, pipeline, stage, substitutions };
    if (stage > this.#highest) this.#highest = stage;
    if (!this.#sink.simple(simple)) this.#stopped = true;
  }

  #move(words: readonly string[]): void {
    const target = words.slice(1).find((word) => word === "-" || !word.startsWith("-"));
    if (target === "-") return;
    this.cwd = resolve(target ?? "~", this.cwd, this.#home);
  }

  #assign(name: string, value: string): void {
    if (value.length > MAX_VALUE || value.includes("$(") || value.includes("`")) this.#variables.delete(name);
    else if (this.#variables.size < MAX_VARIABLES || this.#variables.has(name)) this.#variables.set(name, value);
  }

  /** Adds the words that one word of the text becomes: `$X` may hold several, `{a,b}` is two. */
  #words(word: Word, into: string[], scripts: ParsedScript[]): void {
    collectScripts(word, scripts);
    const value = this.#value(word);
    const [only, second] = word.parts ?? [];
    if (only && !second && only.type === "BraceExpansion" && only.text.includes(",") && into.length < 64) {
      into.push(...value.slice(1, -1).split(",").slice(0, 64));
    } else if (word.text.startsWith("$") && value !== word.text && only && !second && value.includes(" ")) {
      into.push(...value.split(" ").filter(Boolean).slice(0, 256));
    } else into.push(value);
  }

  #value(word: Word): string {
    if (!word.text.includes("$") || this.#variables.size === 0) return word.value;
    const parts = word.parts;
    if (!parts) return word.value;
    const value = this.#parts(parts);
    const grown = value.length - word.text.length;
    if (grown > this.#sink.budget) return word.value;
    if (grown > 0) this.#sink.budget -= grown;
    return value;
  }

  #parts(parts: readonly WordPart[]): string {
    let value = "";
    for (const part of parts) {
      if (value.length > 16 * MAX_VALUE) break;
      if (part.type === "DoubleQuoted" || part.type === "LocaleString") value += this.#parts(part.parts);
      else if (part.type === "SimpleExpansion") value += this.#variables.get(part.text.slice(1)) ?? part.text;
      else if (part.type === "ParameterExpansion" && !part.operation && !part.prefix && !part.index)
        value += this.#variables.get(part.parameter) ?? part.text;
      else value += "value" in part ? part.value : part.text;
    }
    return value;
  }

  #redirection(node: RedirectionNode): Redirection {
    const fd = node.descriptor?.type === "FileDescriptor" ? node.descriptor.value : undefined;
    if (node.type === "HereDoc") return { operator: "<<", fd, target: node.body.text };
    return { operator: node.operator, fd, target: node.target ? this.#value(node.target) : "" };
  }
}

const declares = new Set(["export", "declare", "local", "readonly", "typeset"]);
const commandNodes = new Set<string>([
  "Command",
  "Pipeline",
  "AndOr",
  "Redirected",
  "Subshell",
  "BraceGroup",
  "If",
  "For",
  "While",
  "Case",
  "Select",
  "Function",
  "Coproc",
  "ArithmeticFor",
]);

function isCommandNode(node: SyntaxNode): boolean {
  return commandNodes.has(node.type);
}

/** Scripts inside a word, redirection or expression; not those inside these scripts. */
function collectScripts(node: SyntaxNode, into: ParsedScript[], depth = 0): void {
  if ("text" in node && !maySubstitute(node.text)) return;
  if (node.type === "HereDoc" && (node.delimiter?.quoted || !maySubstitute(node.body.text))) return;
  if (depth > 16 || into.length >= 64) return;
  forEachChild(node, (child) => {
    if (child.type === "Script") into.push(child);
    else collectScripts(child, into, depth + 1);
  });
}

/** Cheap gate: looking at the parts of a word makes the parser scan it again. */
function maySubstitute(text: string): boolean {
  return (
    text.includes("`") || text.includes("$(") || text.includes("${ ") || text.includes("<(") || text.includes(">(")
  );
}

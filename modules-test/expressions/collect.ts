import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";

/** A regular expression of the source. */
export interface Expression {
  /** `detectors/web-shell.content.ts:12`, the first place where it stands. */
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** A `new RegExp(...)` or `RegExp(...)`: its text is only known when it runs. */
export interface Construction {
  readonly file: string;
  readonly line: number;
  /** In a function: it is built anew, maybe from what an attacker chose. */
  readonly inFunction: boolean;
}

interface Node {
  readonly type: string;
  readonly start: number;
}

/** Every regular expression literal and construction below a folder, tests excepted, by the syntax tree. */
export function collect(folder: string): { literals: readonly Expression[]; constructions: readonly Construction[] } {
  const literals = new Map<string, Expression>();
  const constructions: Construction[] = [];
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".ts") || /\.test\.ts$|(?:^|\/)test(?:ing|data)\//.test(file)) continue;
    const text = readFileSync(join(folder, file), "utf8");
    const lineOf = (at: number) => text.slice(0, at).split("\n").length;
    walk(parseSync(file, text).program, false, (node, inFunction) => {
      const { regex, callee } = node as { regex?: { pattern: string; flags: string }; callee?: { name?: string } };
      if (regex) {
        const key = `/${regex.pattern}/${regex.flags}`;
        if (!literals.has(key))
          literals.set(key, { place: `${file}:${lineOf(node.start)}`, source: regex.pattern, flags: regex.flags });
      } else if (callee?.name === "RegExp") constructions.push({ file, line: lineOf(node.start), inFunction });
    });
  }
  return { literals: [...literals.values()], constructions };
}

function walk(value: unknown, inFunction: boolean, visit: (node: Node, inFunction: boolean) => void): void {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    for (const item of value) walk(item, inFunction, visit);
    return;
  }
  const { type } = value as { type?: unknown };
  if (typeof type === "string") visit(value as Node, inFunction);
  const inner = inFunction || (typeof type === "string" && /Function|MethodDefinition/.test(type));
  for (const child of Object.values(value)) walk(child, inner, visit);
}

/** What `act` gives to the RegExp constructor, module-level constructions of the modules that it imports included. */
export async function constructedBy(act: () => Promise<unknown>): Promise<readonly Expression[]> {
  const Original = globalThis.RegExp;
  const seen = new Map<string, Expression>();
  const record = (source: string, flags: string) =>
    seen.set(`/${source}/${flags}`, { place: "new RegExp", source, flags });
  globalThis.RegExp = new Proxy(Original, {
    construct(target, [pattern, flags]: [string | RegExp, string?]) {
      const made = new target(pattern, flags);
      record(made.source, made.flags);
      return made;
    },
  });
  try {
    await act();
  } finally {
    globalThis.RegExp = Original;
  }
  return [...seen.values()];
}

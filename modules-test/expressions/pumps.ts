/** Inputs that are the worst for an expression: made of the pieces that it repeats, and of its own beginnings. */
import type { AST } from "@eslint-community/regexpp";
import { rounds, takes } from "./matcher.ts";

/** `lead` once, `pump` again and again, `tail` once: a shape of text of any length. */
export interface Shape {
  readonly lead: string;
  readonly pump: string;
  readonly tail: string;
}

const common = ["a", "0", " ", "-", "/", ".", "_", "\n", "x", "é"];
/** Ends that make a match fail late. */
const tails = ["", "\n", "\0", "/"];
const mostShapes = 1500;

/** The shapes, most telling first; bounded. */
export function shapesOf(pattern: AST.Pattern, flags: string): readonly Shape[] {
  const shapes = new Map<string, Shape>();
  const add = (lead: string, pump: string) => {
    if (pump === "" || lead.length + pump.length > 96) return;
    for (const tail of tails)
      if (shapes.size < mostShapes) shapes.set(JSON.stringify([lead, pump, tail]), { lead, pump, tail });
  };
  const sampler = new Sampler(flags, [...new Set([...literals(pattern), ...common])]);
  for (const { element, lead, before } of repeated(pattern.alternatives, "", sampler)) {
    for (const pump of sampler.all(element)) {
      add(lead, pump);
      add("", lead + pump);
      for (const last of before) add("", last + pump);
    }
    add("", lead);
    add("", `${lead} `);
  }
  return [...shapes.values()];
}

interface Repeated {
  readonly element: AST.Element;
  /** A text that leads there. */
  readonly lead: string;
  /** What may stand directly before it. */
  readonly before: readonly string[];
}

/** Everything that is repeated. */
function* repeated(of: readonly AST.Alternative[], before: string, sampler: Sampler): Generator<Repeated> {
  for (const { elements } of of) {
    let lead = before;
    let last: readonly string[] = [];
    for (const element of elements) {
      if (element.type === "Quantifier" && element.max > 1) yield { element: element.element, lead, before: last };
      const inner = element.type === "Quantifier" ? element.element : element;
      if ("alternatives" in inner && inner.alternatives) yield* repeated(inner.alternatives, lead, sampler);
      lead += sampler.one(element);
      last = sampler.all(element).slice(0, 8);
    }
  }
}

function literals(pattern: AST.Pattern): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    const node = value as { type?: string; value?: number };
    if (node.type === "Character" && node.value !== undefined && node.value < 0x10000)
      found.push(String.fromCharCode(node.value));
    for (const [key, child] of Object.entries(value))
      if (key !== "parent" && key !== "references" && key !== "resolved") visit(child);
  };
  visit(pattern);
  return [...new Set(found)].slice(0, 48);
}

class Sampler {
  readonly #flags: string;
  readonly #characters: readonly string[];

  constructor(flags: string, characters: readonly string[]) {
    this.#flags = flags;
    this.#characters = characters;
  }

  /** A short text that the node matches, as a rule. */
  one(node: AST.Element): string {
    return this.all(node)[0] ?? "";
  }

  /** Several such texts: every alternative, and several characters of a class. */
  all(node: AST.Element): readonly string[] {
    switch (node.type) {
      case "Character":
        return [String.fromCodePoint(node.value)];
      case "CharacterSet":
      case "CharacterClass":
      case "ExpressionCharacterClass": {
        const fits = takes(node as AST.CharacterSet, this.#flags);
        return this.#characters.filter(fits).slice(0, 16);
      }
      case "Group":
      case "CapturingGroup":
        return node.alternatives
          .slice(0, 6)
          .map(({ elements }) => elements.map((element) => this.one(element)).join(""));
      case "Quantifier": {
        const { min } = rounds(node);
        return this.all(node.element).map((text) => text.repeat(Math.max(1, min)));
      }
      default:
        return [""];
    }
  }
}

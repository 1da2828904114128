/**
 * A backtracking matcher that counts its steps: what V8's own does (irregexp), without its shortcuts, so that how the
 * work grows with the input is a number and not a time. Bounded repetition is cut to a few rounds: `{0,512}` costs a
 * constant, and with small inputs it must not look like more.
 */
import { type AST, RegExpParser } from "@eslint-community/regexpp";

/** Rounds that a bounded repetition is cut to. */
const mostRounds = 8;
/** Work after which a search is given up: no small input needs it unless it is super-linear. */
const mostSteps = 300_000;

export class TooManySteps extends Error {}

type Continue = (at: number) => boolean;
type Match = (at: number, next: Continue) => boolean;

export function parsed(source: string, flags: string): AST.Pattern {
  return new RegExpParser().parsePattern(source, 0, source.length, flags.includes("u"));
}

/** Bounds of a repetition as they are counted. */
export function rounds({ min, max }: Pick<AST.Quantifier, "min" | "max">): { min: number; max: number } {
  return max === Number.POSITIVE_INFINITY
    ? { min: Math.min(min, 2), max }
    : { min: Math.min(min, 2), max: Math.min(max, mostRounds) };
}

/** Whether one character matches a node that stands for a single character. */
export function takes(
  node: AST.Character | AST.CharacterSet | AST.CharacterClass | AST.ExpressionCharacterClass,
  flags: string,
) {
  const native = new RegExp(`^(?:${node.raw})$`, flags.replace(/[gy]/g, ""));
  const known = new Map<string, boolean>();
  return (character: string): boolean => {
    let answer = known.get(character);
    if (answer === undefined) {
      answer = native.test(character);
      known.set(character, answer);
    }
    return answer;
  };
}

export class Counter {
  steps = 0;
  #text = "";
  readonly #flags: string;
  readonly #match: Match;

  constructor(pattern: AST.Pattern, flags: string) {
    this.#flags = flags;
    this.#match = this.#alternatives(pattern.alternatives, 1);
  }

  /** Steps of a search through the whole text: one match, or all of them where the expression is global. */
  count(text: string): number {
    this.#text = text;
    this.steps = 0;
    const all = this.#flags.includes("g");
    for (let at = 0; at <= text.length; ) {
      let end = -1;
      const found = this.#match(at, (to) => {
        end = to;
        return true;
      });
      if (found && !all) break;
      if (this.#flags.includes("y")) break;
      at = found && end > at ? end : at + 1;
    }
    return this.steps;
  }

  /** Where the first match begins. */
  find(text: string): number | undefined {
    this.#text = text;
    this.steps = 0;
    for (let at = 0; at <= text.length; at++) if (this.#match(at, () => true)) return at;
    return undefined;
  }

  #step(): void {
    if (++this.steps > mostSteps) throw new TooManySteps();
  }

  #alternatives(of: readonly AST.Alternative[], way: 1 | -1): Match {
    const each = of.map(({ elements }) => this.#sequence(elements, way));
    const [only] = each;
    if (each.length === 1 && only) return only;
    return (at, next) => each.some((match) => match(at, next));
  }

  #sequence(elements: readonly AST.Element[], way: 1 | -1): Match {
    const each = elements.map((element) => this.#element(element, way));
    const ordered = way === 1 ? each : each.reverse();
    return ordered.reduceRight<Match>(
      (rest, match) => (at, next) => match(at, (to) => rest(to, next)),
      (at, next) => next(at),
    );
  }

  #element(element: AST.Element, way: 1 | -1): Match {
    switch (element.type) {
      case "Character":
      case "CharacterSet":
      case "CharacterClass":
      case "ExpressionCharacterClass":
        return this.#character(takes(element as AST.Character, this.#flags), way);
      case "Group":
      case "CapturingGroup":
        return this.#alternatives(element.alternatives, way);
      case "Quantifier":
        return this.#quantifier(element, way);
      case "Assertion":
        return this.#assertion(element);
      default:
        throw new Error(`${element.type} is not counted`);
    }
  }

  #character(fits: (character: string) => boolean, way: 1 | -1): Match {
    return (at, next) => {
      this.#step();
      const where = way === 1 ? at : at - 1;
      return where >= 0 && where < this.#text.length && fits(this.#text[where] as string) && next(at + way);
    };
  }

  #quantifier(quantifier: AST.Quantifier, way: 1 | -1): Match {
    const { min, max } = rounds(quantifier);
    const one = this.#element(quantifier.element, way);
    const loop = (at: number, done: number, next: Continue): boolean => {
      this.#step();
      const more = () => done < max && one(at, (to) => (to !== at || done < min) && loop(to, done + 1, next));
      const enough = () => done >= min && next(at);
      return quantifier.greedy ? more() || enough() : enough() || more();
    };
    return (at, next) => loop(at, 0, next);
  }

  #assertion(assertion: AST.Assertion): Match {
    const isWord = (at: number) => /\w/.test(this.#text[at] ?? "");
    const lines = this.#flags.includes("m");
    switch (assertion.kind) {
      case "start":
        return (at, next) => (at === 0 || (lines && this.#text[at - 1] === "\n")) && next(at);
      case "end":
        return (at, next) => (at === this.#text.length || (lines && this.#text[at] === "\n")) && next(at);
      case "word":
        return (at, next) => (isWord(at - 1) !== isWord(at)) !== assertion.negate && next(at);
      default: {
        const inner = this.#alternatives(assertion.alternatives, assertion.kind === "lookahead" ? 1 : -1);
        return (at, next) => inner(at, () => true) !== assertion.negate && next(at);
      }
    }
  }
}

import type fc from "fast-check";
import type { Fact } from "../../src/events/fact.ts";
import type { OutgoingMessage } from "../../src/ports.ts";

/** The module as the generated inputs meet it. */
export interface Subject {
  /** The module's clock, epoch ms. */
  now(): number;
  /** Gives a fact to the whole pipeline. */
  take(fact: Fact): void;
  /** Judges text that the module would print, line by line. */
  printed(line: string): void;
  /** Judges a message for the hub. */
  sent(message: OutgoingMessage): void;
  /** A property does not hold. */
  violated(property: string, what: string): void;
}

/** One kind of input: how it is made, and the way on which the module meets it. */
// biome-ignore lint/suspicious/noExplicitAny: a list of kinds mixes their inputs, which only they themselves read
export interface InputKind<T = any> {
  readonly name: string;
  /** Weight among the kinds. */
  readonly share: number;
  /** Most CPU time of one input, ms, where it is more than of a line, an object or a message. */
  readonly mostMs?: number;
  readonly arbitrary: fc.Arbitrary<T>;
  feed(subject: Subject, input: T): void | Promise<void>;
}

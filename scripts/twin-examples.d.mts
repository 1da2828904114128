export interface TwinExample {
  readonly title: string;
  readonly text: string;
  readonly desired: unknown;
}
export const examples: readonly TwinExample[];
export const classicExample: unknown;

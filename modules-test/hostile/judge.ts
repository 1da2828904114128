import { detectionFindingSchema } from "../../src/alerts/ocsf-schema.ts";
import { alertLines } from "../../src/cli/alert-line.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import type { OutgoingMessage } from "../../src/ports.ts";

/** Controls, invisible formatting, lone surrogates, separators: what moves a cursor or breaks a line. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const maxBody = 192 * 1024;
const plain = new Terminal({}, { NO_COLOR: "1" });

/** A property that does not hold, for an input. */
export class Violation extends Error {
  readonly property: string;
  constructor(property: string, what: string) {
    super(`${property}: ${what}`);
    this.name = "Violation";
    this.property = property;
  }
}

/** A line as it goes to a terminal or a log, without its line break. Throws a Violation. */
export function judgeLine(line: string): void {
  const found = unsafe.exec(line);
  if (found)
    throw new Violation(
      "log injection",
      `${JSON.stringify(found[0])} is printed in ${JSON.stringify(line.slice(0, 300))}`,
    );
  if (line.length > 300_000) throw new Violation("size", `a line of ${line.length} characters is printed`);
}

/** A message as it goes to the hub. Throws a Violation. */
export function judgeMessage({ body, output, properties, id }: OutgoingMessage): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBody) throw new Violation("size", `a body of ${bytes} bytes`);
  judgeLine(body);
  for (const [name, value] of Object.entries({ ...properties, id })) {
    judgeLine(`${name}=${value}`);
    if (value.length > 256) throw new Violation("size", `property ${name} has ${value.length} characters`);
  }
  const message: unknown = JSON.parse(body);
  if (output !== "alerts") return;
  const parsed = detectionFindingSchema.safeParse(message);
  if (!parsed.success) throw new Violation("schema", `${parsed.error.message.slice(0, 400)} in ${body.slice(0, 300)}`);
  for (const line of alertLines(body, plain)) judgeLine(line);
}

const builtIn = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const names = builtIn.map((prototype) => Reflect.ownKeys(prototype).length);

/** Throws a Violation when a built-in prototype has another number of properties than at the start. */
export function judgePrototypes(): void {
  builtIn.forEach((prototype, index) => {
    if (Reflect.ownKeys(prototype).length !== names[index])
      throw new Violation("prototype", "a built-in prototype was changed");
  });
}

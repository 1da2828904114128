/**
 * The condition of a route: `WHERE severity = 'high' AND as_number($body.severity_id) >= 4`.
 *
 * IoT Hub's routing query language (learn.microsoft.com/azure/iot-hub/iot-hub-devguide-routing-query-syntax; edgeHub's
 * Condition.g4): application properties by name (always strings), system properties as `$name`, the body as
 * `$body.path[0]`. Three-valued: whatever touches something absent is undefined, and undefined does not match.
 */
import { callFunction, type Value } from "./condition-functions.ts";
import { type Token, tokenize } from "./condition-tokens.ts";
import type { RoutedMessage } from "./message.ts";

export type Condition = (message: RoutedMessage) => boolean;
type Expression = (message: RoutedMessage) => Value;

/** Throws a SyntaxError that names the place. */
export function parseCondition(text: string): Condition {
  const parser = new Parser(tokenize(text), text);
  const expression = parser.whole();
  return (message) => expression(message) === true;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #at = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  whole(): Expression {
    const expression = this.#or();
    if (this.#at < this.#tokens.length) this.#fail("an operator");
    return expression;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#word("or")) left = either(left, this.#and());
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#word("and")) left = both(left, this.#not());
    return left;
  }

  #not(): Expression {
    if (!this.#word("not")) return this.#comparison();
    const inner = this.#not();
    return (message) => negated(inner(message));
  }

  #comparison(): Expression {
    const left = this.#sum();
    const operator = this.#symbol("=", "!=", "<>", "<=", ">=", "<", ">");
    if (operator === undefined) return left;
    const right = this.#sum();
    return (message) => compare(operator, left(message), right(message));
  }

  #sum(): Expression {
    let left = this.#product();
    for (let operator = this.#symbol("+", "-", "||"); operator; operator = this.#symbol("+", "-", "||"))
      left = arithmetic(operator, left, this.#product());
    return left;
  }

  #product(): Expression {
    let left = this.#unary();
    for (let operator = this.#symbol("*", "/", "%"); operator; operator = this.#symbol("*", "/", "%"))
      left = arithmetic(operator, left, this.#unary());
    return left;
  }

  #unary(): Expression {
    if (!this.#symbol("-")) return this.#primary();
    const inner = this.#unary();
    return (message) => {
      const value = inner(message);
      return typeof value === "number" ? -value : undefined;
    };
  }

  #primary(): Expression {
    if (this.#symbol("(")) {
      const inner = this.#or();
      this.#expect(")");
      return inner;
    }
    const token = this.#tokens[this.#at] ?? this.#fail("a value");
    this.#at++;
    if (token.kind === "literal") return () => token.value;
    if (token.kind === "path") return (message) => read(token.path, message);
    if (token.kind !== "name") return this.#fail("a value");
    return this.#symbol("(") ? this.#call(token.text) : (message) => message.properties[token.text];
  }

  #call(name: string): Expression {
    const parameters: Expression[] = [];
    if (!this.#symbol(")")) {
      do parameters.push(this.#or());
      while (this.#symbol(","));
      this.#expect(")");
    }
    return (message) =>
      callFunction(
        name,
        parameters.map((parameter) => parameter(message)),
      );
  }

  #symbol(...wanted: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "symbol" || !wanted.includes(token.text)) return undefined;
    this.#at++;
    return token.text;
  }

  #word(wanted: string): boolean {
    const token = this.#tokens[this.#at];
    const found = token?.kind === "name" && token.text.toLowerCase() === wanted;
    if (found) this.#at++;
    return found;
  }

  #expect(symbol: string): void {
    if (!this.#symbol(symbol)) this.#fail(`"${symbol}"`);
  }

  #fail(wanted: string): never {
    throw new SyntaxError(`condition "${this.#text}": ${wanted} expected at token ${this.#at + 1}`);
  }
}

const negated = (value: Value): Value => (typeof value === "boolean" ? !value : undefined);

function both(left: Expression, right: Expression): Expression {
  return (message) => {
    const [a, b] = [left(message), right(message)];
    if (a === false || b === false) return false;
    return a === true && b === true ? true : undefined;
  };
}

function either(left: Expression, right: Expression): Expression {
  return (message) => {
    const [a, b] = [left(message), right(message)];
    if (a === true || b === true) return true;
    return a === false && b === false ? false : undefined;
  };
}

/** Different types do not compare: an application property `'5'` is never equal to the number 5. */
function compare(operator: string, left: Value, right: Value): Value {
  if (left === undefined || right === undefined || typeof left !== typeof right) return undefined;
  if (operator === "=") return left === right;
  if (operator === "!=" || operator === "<>") return left !== right;
  if (typeof left !== "number" && typeof left !== "string") return undefined;
  const [a, b] = [left, right as typeof left];
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  return operator === ">" ? a > b : a >= b;
}

function arithmetic(operator: string, left: Expression, right: Expression): Expression {
  return (message) => {
    const [a, b] = [left(message), right(message)];
    if (operator === "||") return typeof a === "string" && typeof b === "string" ? a + b : undefined;
    if (typeof a !== "number" || typeof b !== "number") return undefined;
    if (operator === "+") return a + b;
    if (operator === "-") return a - b;
    if (operator === "*") return a * b;
    return operator === "/" ? a / b : a % b;
  };
}

const SYSTEM_NAMES: Readonly<Record<string, string>> = {
  messageid: "$.mid",
  correlationid: "$.cid",
  userid: "$.uid",
  to: "$.to",
  contenttype: "$.ct",
  contentencoding: "$.ce",
  schema: "$.schema",
  outputname: "$.on",
  subject: "$.sub",
};

/** `$contentType`, `$connectionModuleId`, `$body.a[0].b`. */
function read(path: readonly (string | number)[], message: RoutedMessage): Value {
  const [root = "", ...rest] = path;
  const name = String(root).toLowerCase();
  if (name === "body") return readBody(rest, message);
  if (name === "connectiondeviceid") return message.deviceId;
  if (name === "connectionmoduleid") return message.moduleId;
  return message.systemProperties[SYSTEM_NAMES[name] ?? ""];
}

/** The body is looked into only when it says that it is JSON, in an encoding edgeHub knows; and it must be an object. */
function readBody(path: readonly (string | number)[], { body, systemProperties }: RoutedMessage): Value {
  const isJson = /^application\/json/i.test(systemProperties["$.ct"] ?? "");
  if (!isJson || !/^utf-8$/i.test(systemProperties["$.ce"] ?? "")) return undefined;
  try {
    let value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    for (const step of path)
      value = Object.hasOwn(Object(value), step) ? (value as Record<string, unknown>)[step] : undefined;
    return value as Value;
  } catch {
    return undefined;
  }
}

/** Built-in functions of the routing query language. */

/** undefined: absent, or the operation has no meaning for these types. */
export type Value = string | number | boolean | null | object | undefined;

type Numeric = (...values: number[]) => number;
type Textual = (...values: string[]) => Value;

const NUMERIC: Readonly<Record<string, Numeric>> = {
  abs: Math.abs,
  ceiling: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  power: (base = 0, exponent = 0) => base ** exponent,
  sign: Math.sign,
  sqrt: Math.sqrt,
  square: (value = 0) => value * value,
};

const TEXTUAL: Readonly<Record<string, Textual>> = {
  concat: (...parts) => parts.join(""),
  contains: (text = "", part = "") => text.includes(part),
  ends_with: (text = "", part = "") => text.endsWith(part),
  index_of: (text = "", part = "") => text.indexOf(part),
  length: (text = "") => text.length,
  lower: (text = "") => text.toLowerCase(),
  starts_with: (text = "", part = "") => text.startsWith(part),
  upper: (text = "") => text.toUpperCase(),
};

const TYPES: Readonly<Record<string, (value: Value) => boolean>> = {
  is_bool: (value) => typeof value === "boolean",
  is_boolean: (value) => typeof value === "boolean",
  is_defined: (value) => value !== undefined,
  is_null: (value) => value === null,
  is_number: (value) => typeof value === "number",
  is_object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  is_string: (value) => typeof value === "string",
};

/** Names are case-insensitive. Throws a SyntaxError for a name that does not exist. */
export function callFunction(name: string, values: readonly Value[]): Value {
  const key = name.toLowerCase();
  if (key === "as_number") return asNumber(values[0]);
  if (key === "substring") return substring(values);
  const type = own(TYPES, key);
  if (type) return type(values[0]);
  const numeric = own(NUMERIC, key);
  if (numeric) return values.every((value) => typeof value === "number") ? numeric(...values) : undefined;
  const textual = own(TEXTUAL, key);
  if (textual) return values.every((value) => typeof value === "string") ? textual(...values) : undefined;
  throw new SyntaxError(`unknown function ${name} in a route's condition`);
}

/** A table read that "constructor" cannot fool. */
const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

function asNumber(value: Value): Value {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

function substring([text, from, count]: readonly Value[]): Value {
  if (typeof text !== "string" || typeof from !== "number") return undefined;
  return typeof count === "number" ? text.slice(from, from + count) : text.slice(from);
}

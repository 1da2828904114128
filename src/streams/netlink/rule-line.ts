/**
 * One line of `etc/audit/30-vedette.rules`, read: the subset of auditctl(8) that those rules use. What is not known is
 * refused rather than guessed, for a rule that says less than its line would go unnoticed.
 */
import { type FieldName, field, operators, permission, UID_UNSET } from "./abi.ts";

export interface RuleField {
  readonly name: FieldName;
  /** AUDIT_EQUAL and its kin. */
  readonly operator: number;
  /** A number, or a path, or `b64` and `b32` until the machine is known. */
  readonly value: number | string;
}

export interface Rule {
  readonly action: "always" | "never";
  /** Names of system calls; empty for all. */
  readonly calls: readonly string[];
  readonly fields: readonly RuleField[];
  readonly key: string;
}

/** Fields whose value is text; `arch` becomes a number with the machine. */
const textual: ReadonlySet<FieldName> = new Set(["arch", "path", "dir", "exe"]);

/** @throws Error with the line when it is not of the subset */
export function parseRule(line: string): Rule {
  const words = line.trim().split(/\s+/);
  const refuse = (what: string) => new Error(`audit rule not understood (${what}): ${line}`);
  let action: Rule["action"] = "always";
  const calls: string[] = [];
  const fields: RuleField[] = [];
  let key = "";
  for (let i = 0; i < words.length; i += 2) {
    const option = words[i];
    const value = words[i + 1];
    if (value === undefined) throw refuse("no value");
    if (option === "-a") action = parseAction(value) ?? fail(refuse(value));
    else if (option === "-S") calls.push(...value.split(","));
    else if (option === "-F") fields.push(parseField(value) ?? fail(refuse(value)));
    else if (option === "-w") fields.push({ name: "path", operator: 0x4000_0000, value });
    else if (option === "-p") fields.push(parseField(`perm=${value}`) ?? fail(refuse(value)));
    else if (option === "-k") key = value;
    else throw refuse(String(option));
  }
  if (fields.length === 0) throw refuse("no field");
  return { action, calls, fields, key };
}

function fail(error: Error): never {
  throw error;
}

function parseAction(text: string): Rule["action"] | undefined {
  if (text === "always,exit" || text === "exit,always") return "always";
  return text === "never,exit" || text === "exit,never" ? "never" : undefined;
}

function parseField(text: string): RuleField | undefined {
  const name = /^[a-z_0-9]+/.exec(text)?.[0] ?? "";
  if (!Object.hasOwn(field, name) || name === "key") return undefined;
  const rest = text.slice(name.length);
  const [sign, operator] = operators.find(([sign]) => rest.startsWith(sign)) ?? [];
  if (sign === undefined || operator === undefined) return undefined;
  const value = parseValue(name as FieldName, rest.slice(sign.length));
  return value === undefined ? undefined : { name: name as FieldName, operator, value };
}

/** Numbers as C writes them: 16, 0x10, 020. */
function parseValue(name: FieldName, text: string): number | string | undefined {
  if (textual.has(name)) return text === "" ? undefined : text;
  if (name === "perm") return permissions(text);
  if (text === "unset" || text === "-1") return UID_UNSET;
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]{1,10}$/.test(text)) return Number.parseInt(text, 8);
  return /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : undefined;
}

function permissions(text: string): number | undefined {
  let bits = 0;
  for (const letter of text) {
    const bit = permission[letter];
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits === 0 ? undefined : bits;
}

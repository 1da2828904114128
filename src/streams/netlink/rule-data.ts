/** A rule as the kernel takes it: struct audit_rule_data (include/uapi/linux/audit.h), byte for byte as auditctl sends. */
import { action, EQUAL, FILTER_EXIT, field, MASK_WORDS, MAX_FIELDS } from "./abi.ts";
import type { Machine } from "./architecture.ts";
import type { Rule, RuleField } from "./rule-line.ts";

/** Offsets of the struct: three words, then the mask, then fields, values and flags of 64 words each, then a length. */
const MASK = 12;
const FIELDS = MASK + 4 * MASK_WORDS;
const VALUES = FIELDS + 4 * MAX_FIELDS;
const FLAGS = VALUES + 4 * MAX_FIELDS;
const TEXT_LENGTH = FLAGS + 4 * MAX_FIELDS;
const TEXT = TEXT_LENGTH + 4;

/** Fields whose text stands behind the struct, in their order; the value word holds its length. */
const texts = new Set<number>([field.path, field.dir, field.exe, field.key]);

/**
 * @returns undefined where the machine has none of it: no such architecture, or no such system call on it (auditctl
 * refuses those lines too)
 */
export function encodeRule(rule: Rule, machine: Machine): Buffer | undefined {
  const arch = rule.fields.find(({ name }) => name === "arch")?.value;
  const architecture = arch === "b64" ? machine.b64 : arch === "b32" ? machine.b32 : undefined;
  if (arch !== undefined && !architecture) return undefined;
  const numbers = rule.calls.map((name) => architecture?.calls[name]);
  if (numbers.some((number) => number === undefined)) return undefined;
  const fields = [...rule.fields, { name: "key", operator: EQUAL, value: rule.key } as const];
  const text = Buffer.from(fields.map((f) => (texts.has(field[f.name]) ? f.value : "")).join(""));
  const data = Buffer.alloc(TEXT + (text.length + 3 - ((text.length + 3) % 4)));
  data.writeUInt32LE(FILTER_EXIT, 0);
  data.writeUInt32LE(action[rule.action], 4);
  data.writeUInt32LE(fields.length, 8);
  if (numbers.length === 0) data.fill(0xff, MASK, FIELDS);
  for (const number of numbers as number[]) setBit(data, number);
  fields.forEach(({ name, operator, value }, i) => {
    data.writeUInt32LE(field[name], FIELDS + 4 * i);
    data.writeUInt32LE(wordOf(name, value, architecture?.value), VALUES + 4 * i);
    data.writeUInt32LE(operator, FLAGS + 4 * i);
  });
  data.writeUInt32LE(text.length, TEXT_LENGTH);
  text.copy(data, TEXT);
  return data;
}

function setBit(data: Buffer, number: number): void {
  const at = MASK + 4 * (number >> 5);
  data.writeUInt32LE((data.readUInt32LE(at) | (1 << (number & 31))) >>> 0, at);
}

function wordOf(name: RuleField["name"] | "key", value: RuleField["value"], arch: number | undefined): number {
  if (name === "arch") return arch ?? 0;
  return typeof value === "number" ? value : Buffer.byteLength(value);
}

/** The key of a rule that the kernel listed; undefined where it has none, or the bytes are no rule. */
export function keyOf(data: Buffer): string | undefined {
  if (data.length < TEXT) return undefined;
  const count = Math.min(data.readUInt32LE(8), MAX_FIELDS);
  let at = TEXT;
  for (let i = 0; i < count; i++) {
    const type = data.readUInt32LE(FIELDS + 4 * i);
    const length = data.readUInt32LE(VALUES + 4 * i);
    if (type === field.key) return data.toString("utf8", at, Math.min(at + length, data.length));
    if (texts.has(type)) at += length;
  }
  return undefined;
}

/**
 * Equal for a rule as it was sent and as the kernel lists it: the kernel leaves out the padding and clears the last
 * word's class bits (kernel/auditfilter.c `audit_to_entry_common`).
 */
export function identityOf(data: Buffer): string {
  const end = data.length < TEXT ? data.length : Math.min(TEXT + data.readUInt32LE(TEXT_LENGTH), data.length);
  return data.toString("latin1", 0, FIELDS - 4) + data.toString("latin1", FIELDS, end);
}

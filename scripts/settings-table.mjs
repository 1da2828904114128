/**
 * A Markdown table of settings, from their zod schemas; "" where there are none.
 * @param {import("zod").ZodObject[]} schemas those of all means of one alert
 * @param {typeof import("zod").z} z the instance that made them
 * @param {{ columns: string[], none: string }} words
 */
export function settingsTable(schemas, z, words) {
  const properties = Object.assign(
    {},
    ...schemas.map((schema) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }).properties ?? {}),
  );
  const rows = Object.entries(properties).map(([name, property]) => [
    `\`${name}\``,
    typeOf(property),
    property.default === undefined ? words.none : `\`${JSON.stringify(property.default)}\``,
    property.description ?? "",
  ]);
  return rows.length === 0 ? "" : [words.columns, words.columns.map(() => "--"), ...rows].map(row).join("\n");
}

const row = (cells) =>
  `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;

/** The type of a value in a few characters: `integer 1..60`, `"low" | "high"`, `string[]`. */
function typeOf(schema) {
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(", ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === "object")
    return schema.additionalProperties ? `map of ${typeOf(schema.additionalProperties)}` : "object";
  if (schema.type === "integer" || schema.type === "number") return `${schema.type}${range(schema)}`;
  return schema.type ?? "any";
}

function range({ minimum, maximum }) {
  const bounded = (value) => (value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? "" : value);
  const [from, to] = [bounded(minimum), bounded(maximum)];
  return from === "" && to === "" ? "" : ` ${from}..${to}`;
}

/**
 * createOptions as they travel: a JSON text cut into parts of 512 characters, the most that a twin's string property
 * was allowed (iotedgedev/utility.py; DockerConfig.cs of Azure/iotedge): `createOptions`, `createOptions01`, ...
 */
export type JsonObject = { readonly [key: string]: unknown };

const partLength = 512;
/** DockerConfig.cs reads no more. */
const mostParts = 100;

/** Throws a RangeError when more parts would be needed than edgeAgent reads. */
export function splitCreateOptions(options: JsonObject): Record<string, string> {
  const text = JSON.stringify(options);
  const count = Math.max(1, Math.ceil(text.length / partLength));
  if (count > mostParts) throw new RangeError(`createOptions of ${text.length} characters need ${count} parts`);
  const parts = Array.from({ length: count }, (_, i) => text.slice(i * partLength, (i + 1) * partLength));
  return Object.fromEntries(parts.map((part, i) => [nameOf(i), part]));
}

/** Reads parts until one is missing, as edgeAgent does. Throws when together they are no JSON object. */
export function joinCreateOptions(settings: JsonObject): JsonObject {
  let text = "";
  for (let i = 0; i < mostParts; i++) {
    const part = settings[nameOf(i)];
    if (typeof part !== "string") break;
    text += part;
  }
  const options: unknown = text === "" ? {} : JSON.parse(text);
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return options as JsonObject;
  throw new SyntaxError("createOptions is not an object");
}

const nameOf = (index: number) => (index === 0 ? "createOptions" : `createOptions${String(index).padStart(2, "0")}`);

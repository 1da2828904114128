/** A module twin as edgeHub keeps it: merge patches, versions, and the limits on what is reported. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** Merge patch (RFC 7396): null removes, objects merge, everything else, arrays too, replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// ReportedPropertiesValidator.cs of Azure/iotedge.
const MOST_BYTES = 32 * 1024;
const MOST_DEPTH = 10;
const MOST_VALUE_BYTES = 4096;
const MOST_NAME_BYTES = 1024;
const LARGEST = 4_503_599_627_370_495;
/** Control characters, white space, and the three that the service keeps for itself. */
const FORBIDDEN = /[\p{Cc}\s.$#]/u;

/** Why edgeHub would answer 400, or undefined. */
export function reportedFault(patch: unknown): string | undefined {
  if (!isObject(patch)) return "reported properties must be an object";
  const size = Buffer.byteLength(JSON.stringify(patch));
  if (size > MOST_BYTES) return `twin properties size ${size} exceeds ${MOST_BYTES}`;
  return objectFault(patch, 0, false);
}

function objectFault(value: JsonObject, depth: number, inArray: boolean): string | undefined {
  if (depth > MOST_DEPTH) return `nested depth exceeds ${MOST_DEPTH}`;
  for (const [name, inner] of Object.entries(value)) {
    const fault = nameFault(name) ?? valueFault(name, inner, depth + 1, inArray);
    if (fault) return fault;
  }
  return undefined;
}

function nameFault(name: string): string | undefined {
  if (Buffer.byteLength(name) > MOST_NAME_BYTES) return `property name ${name.slice(0, 10)}.. is too long`;
  return FORBIDDEN.test(name) ? `property name ${name} contains an invalid character` : undefined;
}

function valueFault(name: string, value: Json, depth: number, inArray: boolean): string | undefined {
  if (Array.isArray(value)) return arrayFault(name, value, depth);
  if (isObject(value)) return objectFault(value, depth, inArray);
  if (value === null) return inArray ? `null inside an array (${name})` : undefined;
  if (Number.isInteger(value)) {
    const safe = (value as number) <= LARGEST && (value as number) >= -LARGEST - 1;
    return safe ? undefined : `${name} is out of bounds`;
  }
  return Buffer.byteLength(String(value)) > MOST_VALUE_BYTES
    ? `value of ${name} exceeds ${MOST_VALUE_BYTES}`
    : undefined;
}

function arrayFault(name: string, items: readonly Json[], depth: number): string | undefined {
  if (depth > MOST_DEPTH) return `nested depth exceeds ${MOST_DEPTH}`;
  for (const item of items) {
    const fault = item === null ? `null inside an array (${name})` : valueFault(name, item, depth + 1, true);
    if (fault) return fault;
  }
  return undefined;
}

/** One module's twin. Versions start at 1, as IoT Hub's do. */
export class Twin {
  #desired: JsonObject = {};
  #reported: JsonObject = {};
  #desiredVersion = 1;
  #reportedVersion = 1;

  get desired(): JsonObject {
    return { ...this.#desired, $version: this.#desiredVersion };
  }

  get reported(): JsonObject {
    return { ...this.#reported, $version: this.#reportedVersion };
  }

  get reportedVersion(): number {
    return this.#reportedVersion;
  }

  /** Returns what is pushed to the module: the patch with the new version. */
  patchDesired(patch: JsonObject): JsonObject & { readonly $version: number } {
    this.#desired = mergePatch(this.#desired, patch) as JsonObject;
    this.#desiredVersion++;
    return { ...patch, $version: this.#desiredVersion };
  }

  /** Returns why it was refused, or undefined. Judges the merged document too: it is what is stored. */
  patchReported(patch: unknown): string | undefined {
    const fault = reportedFault(patch);
    if (fault) return fault;
    const merged = mergePatch(this.#reported, patch as JsonObject) as JsonObject;
    if (Buffer.byteLength(JSON.stringify(merged)) > MOST_BYTES) return `twin exceeds ${MOST_BYTES}`;
    this.#reported = merged;
    this.#reportedVersion++;
    return undefined;
  }
}

/** From deployment.template.json to the manifest that IoT Hub is given, as iotedgedev's `genconfig` makes it. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type JsonObject, splitCreateOptions } from "./create-options.ts";

export interface Manifest {
  readonly modulesContent: Readonly<Record<string, JsonObject>>;
}

export interface Surroundings {
  /** Variables of `.env`, for `$NAME` and `${NAME}`. */
  readonly variables: Readonly<Record<string, string>>;
  /** amd64, arm64v8 or arm32v7. */
  readonly platform: string;
}

/** iotedgedev/modules.py: a folder below the template's, or one below `modules/`; the platform may follow. */
const moduleDirectory = /\$\{MODULEDIR<([^<>]+)>(?:\.([a-z0-9.]+))?\}/g;
const namedModule = /\$\{MODULES\.([A-Za-z0-9_-]+)(?:\.([a-z0-9.]+))?\}/g;
const variable = /\$\{([A-Za-z_]\w*)\}|\$([A-Z_][A-Z0-9_]*)/g;

/** Throws when a placeholder's folder has no module.json. An unknown variable stays as it is, as in iotedgedev. */
export function readTemplate(file: string, surroundings: Surroundings): Manifest {
  const root = dirname(resolve(file));
  const image = (folder: string, platform?: string) => imageOf(resolve(root, folder), surroundings, platform);
  const text = readFileSync(file, "utf8")
    .replace(moduleDirectory, (_, folder: string, platform?: string) => image(folder, platform))
    .replace(namedModule, (_, name: string, platform?: string) => image(join("modules", name), platform));
  const template = JSON.parse(expand(text, surroundings)) as JsonObject;
  const content = template.modulesContent ?? (template.content as JsonObject | undefined)?.modulesContent;
  return { modulesContent: stringified(content as Manifest["modulesContent"]) };
}

/**
 * A layered deployment put upon another one, as IoT Hub does: each dotted name replaces what stands there
 * (https://learn.microsoft.com/azure/iot-edge/module-deployment-monitoring).
 */
export function layered(base: Manifest, layer: Manifest): Manifest {
  const merged = structuredClone(base.modulesContent) as Record<string, Record<string, unknown>>;
  for (const [module, section] of Object.entries(layer.modulesContent)) {
    const target = merged[module] ?? {};
    merged[module] = target;
    for (const [path, value] of Object.entries(section)) {
      // `properties.desired` is one name; what follows it is the path inside.
      place(target, ["properties.desired", ...path.split(".").slice(2)], value);
    }
  }
  return { modulesContent: merged };
}

function place(target: Record<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = (target[name] ?? {}) as Record<string, unknown>;
  target[name] = inner;
  place(inner, rest, value);
}

function expand(text: string, { variables }: Surroundings): string {
  return text.replace(variable, (whole, braced?: string, bare?: string) => variables[braced ?? bare ?? ""] ?? whole);
}

/** `<repository>:<version>-<platform>` of the module.json there. */
function imageOf(folder: string, surroundings: Surroundings, platform = surroundings.platform): string {
  const { image } = JSON.parse(expand(readFileSync(join(folder, "module.json"), "utf8"), surroundings)) as {
    image: { repository: string; tag: { version: string; platforms: Record<string, string> } };
  };
  if (!image.tag.platforms[platform]) throw new Error(`${folder}/module.json knows no platform ${platform}`);
  return `${image.repository}:${image.tag.version}-${platform}`;
}

/** Every createOptions that is an object becomes its parts; one that is text already stays. */
function stringified<T>(value: T): T {
  if (Array.isArray(value)) return value.map(stringified) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]) =>
    key === "createOptions" && typeof inner === "object" && inner !== null
      ? Object.entries(splitCreateOptions(inner as JsonObject))
      : [[key, stringified(inner)] as const],
  );
  return Object.fromEntries(entries) as T;
}

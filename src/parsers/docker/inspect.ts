/**
 * `docker inspect` of a container and of an image, reduced to what detectors judge (Docker Engine API,
 * `ContainerInspect` and `ImageInspect`). Also what `vedette replay --containers` reads, one object per line.
 */
import type { ContainerDetail } from "../../events/fact.ts";
import type { DockerEvent } from "./event.ts";
import { asRecord, asText, asTexts } from "./json.ts";

/** edgeAgent labels every module it creates so (`Constants.Labels.Owner`, iotedge edge-agent). */
const edgeOwnerLabel = "net.azure-devices.edge.owner";
const maxLabels = 128;
const maxValue = 1024;

export interface InspectedContainer {
  readonly detail: ContainerDetail;
  /** Epoch milliseconds; undefined for a container that was created but never started. */
  readonly startedAt?: number;
  readonly running: boolean;
}

/** Undefined when `value` is no inspect object; parts of a wrong type are taken as absent. Never throws. */
export function containerFromInspect(value: unknown): InspectedContainer | undefined {
  const inspect = asRecord(value);
  const config = asRecord(inspect?.Config) ?? {};
  const host = asRecord(inspect?.HostConfig) ?? {};
  if (!inspect || (!inspect.Config && !inspect.HostConfig)) return undefined;
  const name = asText(inspect.Name)?.replace(/^\//, "");
  const labels = labelsOf(config.Labels);
  const state = asRecord(inspect.State);
  return {
    detail: {
      id: asText(inspect.Id) ?? "",
      ...named(name, labels),
      image: asText(config.Image),
      imageId: asText(inspect.Image),
      privileged: host.Privileged === true,
      capAdd: asTexts(host.CapAdd, 64),
      binds: bindsOf(host.Binds, inspect.Mounts),
      pidMode: asText(host.PidMode) || undefined,
      networkMode: asText(host.NetworkMode) || undefined,
      labels,
      command: asTexts(config.Cmd),
      entrypoint: asTexts(config.Entrypoint),
      environment: asTexts(config.Env),
    },
    startedAt: timeOf(asText(state?.StartedAt)),
    running: state?.Running === true,
  };
}

/** All that a start event tells of a container that was gone before it could be inspected. */
export function containerFromEvent(event: DockerEvent): ContainerDetail {
  const { image, name, ...labels } = event.attributes;
  return {
    id: event.id,
    ...named(name, labels),
    image,
    privileged: false,
    capAdd: [],
    binds: [],
    labels,
    command: [],
    entrypoint: [],
    environment: [],
  };
}

export interface InspectedImage {
  readonly imageId?: string;
  readonly tags: readonly string[];
  readonly repoDigests: readonly string[];
  /** When this image last got a name here (pull, tag, load): survives restarts, unlike the time of our look. */
  readonly taggedAt?: number;
}

/** Undefined when `value` is no image inspect object. Never throws. */
export function imageFromInspect(value: unknown): InspectedImage | undefined {
  const inspect = asRecord(value);
  const imageId = asText(inspect?.Id);
  if (!inspect || !imageId) return undefined;
  return {
    imageId,
    tags: asTexts(inspect.RepoTags).filter((tag) => !tag.startsWith("<none>")),
    repoDigests: asTexts(inspect.RepoDigests).filter((digest) => !digest.startsWith("<none>")),
    taggedAt: timeOf(asText(asRecord(inspect.Metadata)?.LastTagTime)),
  };
}

function named(name: string | undefined, labels: Readonly<Record<string, string>>): { name?: string; module?: string } {
  return name ? { name, ...(Object.hasOwn(labels, edgeOwnerLabel) && { module: name }) } : {};
}

/** `Binds` is what was asked for, `Mounts` what is there (`--mount type=bind` appears only in the latter). */
function bindsOf(binds: unknown, mounts: unknown): string[] {
  const found = new Set(asTexts(binds, 128));
  const sources = new Set([...found].map((bind) => bind.split(":", 2).join(":")));
  for (const mount of Array.isArray(mounts) ? mounts.slice(0, 128) : []) {
    const { Type, Source, Destination, RW } = asRecord(mount) ?? {};
    if (Type !== "bind" || typeof Source !== "string" || typeof Destination !== "string") continue;
    const bind = `${Source.slice(0, maxValue)}:${Destination.slice(0, maxValue)}`;
    if (!sources.has(bind)) found.add(RW === false ? `${bind}:ro` : bind);
  }
  return [...found];
}

function labelsOf(value: unknown): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  let count = 0;
  for (const [key, text] of Object.entries(asRecord(value) ?? {})) {
    if (typeof text !== "string" || (count >= maxLabels && key !== edgeOwnerLabel)) continue;
    labels[key] = text.slice(0, maxValue);
    count += 1;
  }
  return labels;
}

/** RFC 3339 with nanoseconds; Docker writes year 1 for "never". */
function timeOf(text: string | undefined): number | undefined {
  if (!text || text.startsWith("0001-")) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** The twin object of Microsoft's classic Defender for IoT agent; its values stand wrapped in `{ "value": ... }`. */
export const classicKey = "ms_iotn:urn_azureiot_Security_SecurityAgentConfiguration";

export interface Mapped {
  /** Desired properties in this module's own shape. */
  readonly desired: unknown;
  /** Classic settings without a meaning here. */
  readonly unmapped: readonly string[];
}

/** Recognises a classic agent's twin and maps what has a meaning here; any other twin is returned as it is. */
export function fromClassicTwin(desired: unknown): Mapped {
  if (desired === null || typeof desired !== "object" || !Object.hasOwn(desired, classicKey))
    return { desired, unmapped: [] };
  const { [classicKey]: classic, ...own } = desired as Record<string, unknown>;
  const names = classic !== null && typeof classic === "object" ? Object.keys(classic) : [];
  return { desired: own, unmapped: names.map((name) => `${classicKey}/${name}`) };
}

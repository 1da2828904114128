/**
 * One line of `GET /events` (Docker Engine API, "Monitor events"): a JSON object per line.
 * Measured on 20.10: `{"Type":"container","Action":"start","Actor":{"ID":..,"Attributes":{..}},"time":..,"timeNano":..}`.
 */
import { asRecord, asText } from "./json.ts";

export interface DockerEvent {
  readonly type: "container" | "image";
  readonly action: string;
  /** Container id; for an image its id, or its name where pulled. */
  readonly id: string;
  /** Labels, `image` and `name`, at most 256 of them. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly at: number;
  /** What `since` takes to start here again: seconds with nine decimals. */
  readonly since: string;
}

const maxAttributes = 256;
const maxValue = 4096;

/** The event, or undefined for other types and for what is no event. Never throws. */
export function dockerEvent(line: string): DockerEvent | undefined {
  const event = asRecord(parsed(line));
  const actor = asRecord(event?.Actor);
  const type = event?.Type;
  if (!event || !actor || (type !== "container" && type !== "image")) return undefined;
  const nano = nanoseconds(line, event);
  const id = asText(actor.ID);
  if (nano === undefined || !id) return undefined;
  return {
    type,
    action: asText(event.Action) ?? "",
    id,
    attributes: attributes(actor.Attributes),
    at: Number(nano / 1_000_000n),
    since: `${nano / 1_000_000_000n}.${String(nano % 1_000_000_000n).padStart(9, "0")}`,
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** `timeNano` is above 2^53, so its last digits are read from the text; it stands last, behind what users can write. */
function nanoseconds(line: string, event: Record<string, unknown>): bigint | undefined {
  const key = '"timeNano":';
  const found = /^\d{16,19}/.exec(
    line
      .slice(line.lastIndexOf(key) + key.length)
      .trimStart()
      .slice(0, 19),
  );
  if (found && Math.abs(Number(found[0]) - Number(event.timeNano)) < 1024) return BigInt(found[0]);
  const seconds = event.time;
  return typeof seconds === "number" && Number.isSafeInteger(seconds) && seconds > 0
    ? BigInt(seconds) * 1_000_000_000n
    : undefined;
}

function attributes(value: unknown): Record<string, string> {
  const kept: Record<string, string> = Object.create(null);
  let count = 0;
  for (const [key, text] of Object.entries(asRecord(value) ?? {})) {
    if (typeof text !== "string") continue;
    if (count >= maxAttributes && key !== "image" && key !== "name") continue;
    kept[key] = text.slice(0, maxValue);
    count += 1;
  }
  return kept;
}

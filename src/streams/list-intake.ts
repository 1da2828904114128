import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { ThreatListSettings } from "../config/threat-list-settings.ts";
import { ThreatListParser, type ThreatListResult } from "../parsers/threats/threat-list.ts";

/** Parsed at once between two looks at the event loop: some ten milliseconds on a small board. */
const pieceBytes = 256 * 1024;

/**
 * Reads a list from its bytes, never holding it as a whole. Rejects with a reason that an operator understands when it
 * is too large, does not have the pinned digest, has no entry, or is mostly something else (an error page, a wrong
 * column).
 */
export async function takeIn(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  list: Pick<ThreatListSettings, "format" | "column" | "sha256" | "maxMegabytes">,
): Promise<ThreatListResult> {
  const parser = new ThreatListParser(name, list);
  const decoder = new TextDecoder();
  const hash = list.sha256 === undefined ? undefined : createHash("sha256");
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > list.maxMegabytes * 1e6) throw new Error(`it is larger than ${list.maxMegabytes} MB`);
    hash?.update(chunk);
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      parser.push(decoder.decode(chunk.subarray(at, at + pieceBytes), { stream: true }));
      await setImmediate();
    }
  }
  parser.push(decoder.decode());
  const digest = hash?.digest("hex");
  if (digest !== list.sha256) throw new Error(`its SHA-256 is ${digest}, the pin says ${list.sha256}`);
  return usable(parser.finish());
}

function usable(result: ThreatListResult): ThreatListResult {
  const { list, rejected, firstRejected } = result;
  if (rejected > list.size) {
    const first = `first line ${firstRejected?.line}: ${JSON.stringify(firstRejected?.text)}`;
    throw new Error(`${rejected} lines are no entry, ${first}`);
  }
  if (list.size === 0) throw new Error("it has no entry");
  return result;
}

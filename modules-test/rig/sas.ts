/** Shared access signatures, as IoT Hub and edgeHub define them. */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface Audience {
  readonly hubHostname: string;
  readonly deviceId: string;
  readonly moduleId?: string;
}

export interface SasCheck {
  /** Why it was refused; undefined when it is good. */
  readonly refused?: string;
  /** Expiry, seconds since the epoch; 0 when unreadable. */
  readonly expiry: number;
}

/** HMAC-SHA256 over the bytes, base64: what `/sign` answers and what edgeHub recomputes. */
export const digest = (key: Buffer, data: Uint8Array): string =>
  createHmac("sha256", key).update(data).digest("base64");

/** The decoded resource a token must name: `hub/devices/d[/modules/m]`. */
export const resource = ({ hubHostname, deviceId, moduleId }: Audience): string =>
  `${hubHostname}/devices/${deviceId}${moduleId === undefined ? "" : `/modules/${moduleId}`}`;

/**
 * Checks a token the way edgeHub does: form, audience, expiry, then the signature over the resource **as received**
 * (still percent-encoded) and the expiry. Fields are read by name, their order is free.
 */
export function checkSas(token: string, audience: Audience, key: Buffer, now = Date.now()): SasCheck {
  const [scheme, fields = ""] = token.split(" ");
  if (scheme !== "SharedAccessSignature") return { refused: "not a shared access signature", expiry: 0 };
  const raw = new Map(
    fields.split("&").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  const [sr = "", sig = "", se = ""] = [raw.get("sr"), raw.get("sig"), raw.get("se")];
  const expiry = /^\d{1,12}$/.test(se) ? Number(se) : 0;
  if (decoded(sr)?.toLowerCase() !== resource(audience).toLowerCase()) return { refused: "wrong audience", expiry };
  if (expiry * 1000 <= now) return { refused: "expired", expiry };
  const expected = Buffer.from(digest(key, Buffer.from(`${sr}\n${se}`)));
  const received = Buffer.from(decoded(sig) ?? "");
  const same = expected.length === received.length && timingSafeEqual(expected, received);
  return same ? { expiry } : { refused: "wrong signature", expiry };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

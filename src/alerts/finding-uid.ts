import { createHash } from "node:crypto";

/**
 * A UUID (version 8, RFC 9562 section 5.8) made of the SHA-256 of the parts: the same parts give the same id after any
 * restart, so a message that is sent twice can be recognised.
 */
export function findingUid(...parts: readonly (string | number)[]): string {
  // JSON keeps ["ab","c"] and ["a","bc"] apart.
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes.writeUInt8(((bytes[6] ?? 0) & 0x0f) | 0x80, 6);
  bytes.writeUInt8(((bytes[8] ?? 0) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

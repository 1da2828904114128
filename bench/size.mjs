// What is installed: the bundle as it goes into the image, and its largest parts.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** @returns {{bytes: number, parts: {name: string, bytes: number}[]}} largest first */
export function sizeRows(folder) {
  const parts = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".map"))
    .map((entry) => ({ name: entry.name, bytes: statSync(join(entry.parentPath, entry.name)).size }))
    .sort((a, b) => b.bytes - a.bytes);
  return { bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), parts };
}

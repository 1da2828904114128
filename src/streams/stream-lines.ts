import type { Readable } from "node:stream";

/**
 * Calls `line` for each newline-terminated line of UTF-8 text. A line longer than `limit` bytes is left out and
 * reported by `tooLong`, so that a sender without newlines cannot fill the memory. The caller owns the stream's
 * `end` and `error`.
 */
export function streamLines(stream: Readable, limit: number, line: (text: string) => void, tooLong: () => void): void {
  let parts: Buffer[] = [];
  let length = 0;
  let skipping = false;
  stream.on("data", (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      if (!skipping) {
        parts.push(chunk.subarray(start, end));
        line(Buffer.concat(parts).toString("utf8"));
      }
      parts = [];
      length = 0;
      skipping = false;
      start = end + 1;
    }
    if (skipping || start === chunk.length) return;
    length += chunk.length - start;
    if (length <= limit) {
      parts.push(chunk.subarray(start));
      return;
    }
    parts = [];
    skipping = true;
    tooLong();
  });
}

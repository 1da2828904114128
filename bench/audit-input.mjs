// The audit log that the contenders read: the recording of bench/testdata, played again and again as one long log.

import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const recording = join(import.meta.dirname, "testdata/audit.log.gz");
/** Pids move on by this much each round; below pid_max of 64-bit kernels (4,194,304) for 40 rounds. */
const pidStep = 100_000;
/** Names that mktemp and gcc made up, and job numbers: another time they would be others. */
const temporary =
  /\b(?:tmp|gpghome|apt\.conf|apt\.data|apt\.sig|apt-tmp)\.[A-Za-z0-9]{6,10}\b|\bcc[A-Za-z0-9]{6}(?=\.)|\b[0-9a-f]{12}\b|\/a\/b\/\d+/g;
/** Where nearly all of the recorded work was done. */
const workplaces = /\/var\/run\/w(?=["/]|$)|\/srv\/build(?=["/ ]|$)/g;

/** The recording's lines as latin1 text. */
export function recordedLines() {
  return gunzipSync(readFileSync(recording)).toString("latin1").trimEnd().split("\n");
}

/**
 * Writes `megabytes` (10^6 bytes) of audit log.
 *
 * Each round has its own serials, times, pids and made-up names. With `fresh`, each round also works in directories of
 * its own, so that no command line comes again with its directory from a round before: less repetition than a device
 * has, and the worst that a memory of what was seen can meet.
 *
 * @returns {Promise<{bytes: number, rounds: number}>}
 */
export async function writeAuditLog(file, megabytes, fresh = false) {
  const lines = recordedLines();
  const span = spanOf(lines);
  const out = createWriteStream(file, { encoding: "latin1" });
  let bytes = 0;
  let round = 0;
  for (; bytes < megabytes * 1e6; round++) {
    const played = `${lines.map((line) => again(line, round, span, fresh)).join("\n")}\n`;
    bytes += played.length;
    if (!out.write(played)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
  return { bytes, rounds: round };
}

/** One line as it would stand in the log of round `round`. */
export function again(line, round, span, fresh) {
  if (round === 0) return line;
  const stamped = line
    .replace(/audit\((\d+)\.(\d+):(\d+)\)/, (_, seconds, millis, serial) => {
      return `audit(${Number(seconds) + round * span.seconds}.${millis}:${Number(serial) + round * span.serials})`;
    })
    .replace(/ (p?pid|opid)=(\d+)/g, (all, name, pid) =>
      Number(pid) > 1 ? ` ${name}=${Number(pid) + round * pidStep}` : all,
    );
  return renamed(stamped, round, fresh);
}

/** Names are hex where they hold a blank, and in PROCTITLE always. */
function renamed(line, round, fresh) {
  const hex = /(proctitle|a\d+|name|cwd)=([0-9A-F]{8,})(?![^\s\p{Cc}])/gu;
  return names(
    line.replace(hex, (all, field, digits) => {
      const text = Buffer.from(digits, "hex").toString("latin1");
      const other = names(text, round, fresh);
      return other === text ? all : `${field}=${Buffer.from(other, "latin1").toString("hex").toUpperCase()}`;
    }),
    round,
    fresh,
  );
}

function names(text, round, fresh) {
  const other = text.replace(temporary, (name) => turned(name, round));
  return fresh ? other.replace(workplaces, (place) => `${place}${String(round).padStart(2, "0")}`) : other;
}

/** Another name of the same kind and length. */
function turned(name, round) {
  const digits = String(round).padStart(2, "0");
  return name.slice(0, -2) + digits;
}

function spanOf(lines) {
  const stamps = lines.map((line) => /audit\((\d+)\.\d+:(\d+)\)/.exec(line)).filter(Boolean);
  const range = (index) => {
    const values = stamps.map((stamp) => Number(stamp[index]));
    return values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b)) + 1;
  };
  return { seconds: range(1), serials: range(2) };
}

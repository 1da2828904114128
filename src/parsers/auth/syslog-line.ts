/**
 * The frame of a syslog line: optional PRI, stamp, host, tag, message. RFC 3164 as rsyslog, syslog-ng, busybox and
 * `journalctl` print it, and RFC 5424 (RSYSLOG_SyslogProtocol23Format).
 */
import { endOfStamp } from "./syslog-stamp.ts";

export interface SyslogLine {
  /** Text of the stamp, "" where there is none. */
  readonly stamp: string;
  /** Program without path, `(pam_unix)` and the stray `]` that gdm writes: `sshd`, `gdm-password`. */
  readonly program: string;
  readonly pid: number | undefined;
  readonly message: string;
}

const SPACE = 32;
const COLON = 58;
const LONGEST = 8192;

/** Undefined where no tag can be found; never throws; looks at most at the first 8 KiB. */
export function syslogLine(raw: string): SyslogLine | undefined {
  const line = raw.length > LONGEST ? raw.slice(0, LONGEST) : raw;
  let from = 0;
  if (line.charCodeAt(0) === 60) {
    from = line.indexOf(">") + 1;
    if (from < 3 || from > 6) return undefined;
    if (line.charCodeAt(from) === 49 && line.charCodeAt(from + 1) === SPACE) return rfc5424(line, from + 2);
  }
  const end = endOfStamp(line, from);
  const stamp = line.slice(from, end);
  const start = blanks(line, end);
  return tagged(line, start, stamp) ?? tagged(line, blanks(line, line.indexOf(" ", start)), stamp);
}

function blanks(line: string, from: number): number {
  if (from < 0) return line.length;
  let at = from;
  while (line.charCodeAt(at) === SPACE) at++;
  return at;
}

/** A tag at `start`: one word that ends with a colon, or with the pid in brackets (proftpd, some busybox programs). */
function tagged(line: string, start: number, stamp: string): SyslogLine | undefined {
  let end = start;
  let bracket = -1;
  for (; end < line.length && end - start < 128; end++) {
    const code = line.charCodeAt(end);
    if (code === COLON && (end + 1 === line.length || line.charCodeAt(end + 1) === SPACE)) break;
    if (code === SPACE) break;
    if (code === 91) bracket = end;
  }
  if (end === start) return undefined;
  const pid = bracket > start ? positive(line.slice(bracket + 1, end - 1)) : undefined;
  if (line.charCodeAt(end) !== COLON && (pid === undefined || line.charCodeAt(end - 1) !== 93)) return undefined;
  const program = plainName(line.slice(start, pid === undefined ? end : bracket));
  const message = line.slice(blanks(line, end + 1));
  return { stamp, program, pid, message };
}

function positive(text: string): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function plainName(tag: string): string {
  let name = tag;
  if (name.endsWith("]")) name = name.slice(0, -1);
  if (name.endsWith("(pam_unix)")) name = name.slice(0, -10);
  const slash = name.lastIndexOf("/");
  return slash >= 0 ? name.slice(slash + 1) : name;
}

/** VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA SP MSG (RFC 5424, 6). */
function rfc5424(line: string, from: number): SyslogLine | undefined {
  const words: string[] = [];
  let at = from;
  for (let index = 0; index < 5; index++) {
    const end = line.indexOf(" ", at);
    if (end < 0) return undefined;
    words.push(line.slice(at, end));
    at = end + 1;
  }
  const data = line.charCodeAt(at) === 91 ? line.indexOf("] ", at) + 1 : line.indexOf(" ", at);
  if (data <= 0) return undefined;
  const [stamp = "", , program = "", pid = ""] = words;
  const message = line.slice(blanks(line, data)).replace(/^\uFEFF/, "");
  return { stamp: stamp === "-" ? "" : stamp, program: plainName(program), pid: positive(pid), message };
}

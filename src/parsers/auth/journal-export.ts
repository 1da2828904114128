/**
 * Entries of `journalctl -o export`: `KEY=value` lines, an empty line ends an entry
 * (systemd.io/JOURNAL_EXPORT_FORMATS). Binary fields (`KEY` alone, then a length) are skipped: no login message has one.
 */
import type { SyslogLine } from "./syslog-line.ts";

const WANTED = new Map<string, keyof Entry>([
  ["__REALTIME_TIMESTAMP", "micros"],
  ["SYSLOG_IDENTIFIER", "program"],
  ["_COMM", "comm"],
  ["_PID", "pid"],
  ["SYSLOG_PID", "syslogPid"],
  ["MESSAGE", "message"],
]);

interface Entry {
  micros?: string;
  program?: string;
  comm?: string;
  pid?: string;
  syslogPid?: string;
  message?: string;
}

export class JournalExport {
  #entry: Entry = {};

  /** True when the line belongs to this format and was taken. */
  takes(line: string): boolean {
    const end = line.indexOf("=");
    if (end < 2 || end > 64 || !/^_{0,2}[A-Z][A-Z0-9_]*$/.test(line.slice(0, end))) return false;
    const field = WANTED.get(line.slice(0, end));
    if (field) this.#entry[field] = line.slice(end + 1, end + 1 + 8192);
    return true;
  }

  /** The entry that an empty line ends; undefined where it held no message. */
  end(): { line: SyslogLine; at: number } | undefined {
    const { micros, program, comm, pid, syslogPid, message } = this.#entry;
    this.#entry = {};
    const at = Math.floor(Number(micros) / 1000);
    const name = program ?? comm;
    if (message === undefined || name === undefined || !Number.isSafeInteger(at)) return undefined;
    const number = Number(syslogPid ?? pid);
    return { at, line: { stamp: "", program: name, pid: Number.isSafeInteger(number) ? number : undefined, message } };
  }
}

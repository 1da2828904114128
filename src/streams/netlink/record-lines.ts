/**
 * Records as the kernel sends them -> lines as auditd writes them, for the one parser of both: `type=NAME msg=` and the
 * text. What no detector wants is dropped here, by its number. The ENRICHED part is auditd's own and not there.
 */
import { HEADER_BYTES } from "./abi.ts";

/** Names: auparse's `msg_typetab.h`; numbers: include/uapi/linux/audit.h, libaudit.h. */
const names: Readonly<Record<number, string>> = {
  1100: "USER_AUTH",
  1101: "USER_ACCT",
  1102: "USER_MGMT",
  1105: "USER_START",
  1108: "USER_CHAUTHTOK",
  1112: "USER_LOGIN",
  1114: "ADD_USER",
  1115: "DEL_USER",
  1127: "SYSTEM_BOOT",
  1128: "SYSTEM_SHUTDOWN",
  1129: "SYSTEM_RUNLEVEL",
  1130: "SERVICE_START",
  1131: "SERVICE_STOP",
  1132: "GRP_MGMT",
  1300: "SYSCALL",
  1302: "PATH",
  1305: "CONFIG_CHANGE",
  1306: "SOCKADDR",
  1307: "CWD",
  1309: "EXECVE",
  1318: "OBJ_PID",
  1320: "EOE",
  1327: "PROCTITLE",
  1337: "OPENAT2",
};
export const SYSCALL = 1300;

const prefixes = new Map(Object.entries(names).map(([type, name]) => [Number(type), Buffer.from(`type=${name} msg=`)]));
const NEWLINE = 10;
const SPACE = 32;
/** Records are mostly below 1 KiB; whatever does not fit is given on earlier. */
const ROOM = 64 * 1024;

export class RecordLines {
  readonly #bytes = Buffer.alloc(ROOM);
  #length = 0;
  readonly #full: (lines: Buffer) => void;

  /** `full` takes whole lines; their bytes are used again afterwards. */
  constructor(full: (lines: Buffer) => void) {
    this.#full = full;
  }

  add(datagram: Buffer): void {
    const prefix = datagram.length > HEADER_BYTES ? prefixes.get(datagram.readUInt16LE(4)) : undefined;
    if (!prefix) return;
    let end = datagram.length;
    while (end > HEADER_BYTES && isBlank(datagram[end - 1] as number)) end--;
    const text = datagram.subarray(HEADER_BYTES, end);
    if (this.#length + prefix.length + text.length + 1 > ROOM) this.give();
    this.#length += prefix.copy(this.#bytes, this.#length);
    // A program with CAP_AUDIT_WRITE may put a line's end into its message, and a forged record behind it.
    for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) text[at] = SPACE;
    this.#length += text.copy(this.#bytes, this.#length);
    this.#bytes[this.#length++] = NEWLINE;
  }

  /** Gives what was added since. */
  give(): void {
    if (this.#length === 0) return;
    const lines = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#full(lines);
  }
}

function isBlank(code: number): boolean {
  return code === 0 || code === NEWLINE || code === SPACE;
}

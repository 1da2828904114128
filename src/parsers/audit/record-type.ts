/**
 * Record types, judged on bytes: most records of a busy log are dropped before a string is made of them.
 * Names: auparse's `msg_typetab.h`; numbers: include/uapi/linux/audit.h.
 */

/** What a record is to the parser. */
export const kind = {
  unwanted: 0,
  syscall: 1,
  execve: 2,
  cwd: 3,
  path: 4,
  sockaddr: 5,
  objPid: 6,
  openat2: 7,
  configChange: 8,
  /** PROCTITLE: carries text, and is the last record that the kernel writes of an event. */
  proctitle: 9,
  end: 10,
  /** From here on a record is an event of its own. */
  userAuth: 20,
  userStart: 21,
  userLogin: 22,
  account: 23,
  service: 24,
  daemon: 25,
  power: 26,
} as const;
export type RecordKind = (typeof kind)[keyof typeof kind];

export interface RecordType {
  readonly name: string;
  readonly kind: RecordKind;
  readonly bytes: Buffer;
}

const names: Readonly<Record<string, RecordKind>> = {
  SYSCALL: kind.syscall,
  EXECVE: kind.execve,
  CWD: kind.cwd,
  PATH: kind.path,
  SOCKADDR: kind.sockaddr,
  OBJ_PID: kind.objPid,
  OPENAT2: kind.openat2,
  // auditd older than the kernel does not know the name of 1337.
  "UNKNOWN[1337]": kind.openat2,
  CONFIG_CHANGE: kind.configChange,
  PROCTITLE: kind.proctitle,
  EOE: kind.end,
  USER_AUTH: kind.userAuth,
  USER_START: kind.userStart,
  USER_LOGIN: kind.userLogin,
  ADD_USER: kind.account,
  DEL_USER: kind.account,
  USER_MGMT: kind.account,
  GRP_MGMT: kind.account,
  USER_CHAUTHTOK: kind.account,
  USER_ACCT: kind.account,
  SERVICE_START: kind.service,
  SERVICE_STOP: kind.service,
  DAEMON_START: kind.daemon,
  DAEMON_END: kind.daemon,
  DAEMON_ABORT: kind.daemon,
  SYSTEM_BOOT: kind.power,
  SYSTEM_SHUTDOWN: kind.power,
  SYSTEM_RUNLEVEL: kind.power,
};

const SLOTS = 256;
const table: (readonly RecordType[] | undefined)[] = new Array(SLOTS).fill(undefined);
for (const [name, of] of Object.entries(names)) {
  const bytes = Buffer.from(name);
  const slot = slotOf(bytes, 0, bytes.length);
  table[slot] = [...(table[slot] ?? []), { name, kind: of, bytes }];
}

function slotOf(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start] as number;
  const middle = bytes[(start + end) >> 1] as number;
  const last = bytes[end - 1] as number;
  return (first * 7 + middle * 31 + last * 3 + (end - start)) & (SLOTS - 1);
}

/** The type whose name stands at [start, end), or undefined when nothing wants it. */
export function recordType(bytes: Buffer, start: number, end: number): RecordType | undefined {
  if (end <= start) return undefined;
  const candidates = table[slotOf(bytes, start, end)];
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) if (sameBytes(candidate.bytes, bytes, start, end)) return candidate;
  return undefined;
}

function sameBytes(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}

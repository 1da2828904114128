/**
 * System calls that make facts, by the number that the record carries.
 *
 * Numbers: kernel arch/x86/entry/syscalls/syscall_64.tbl and syscall_32.tbl, include/uapi/asm-generic/unistd.h (arm64,
 * riscv64), arch/arm/tools/syscall.tbl; compared with `ausyscall <arch> --dump`. `arch=` values: AUDIT_ARCH_* in
 * include/uapi/linux/audit.h.
 */

/** An argument as it is searched in the record. */
export type Argument = " a0=" | " a1=" | " a2=";

/** What a call does, and in which arguments it says so. */
export interface Call {
  readonly action:
    | "exec"
    | "open"
    | "openat2"
    | "creat"
    | "truncate"
    | "delete"
    | "rename"
    | "chmod"
    | "chown"
    | "link"
    | "make"
    | "connect"
    | "bind"
    | "listen"
    | "signal";
  /** Argument that names the directory of a relative path; also of the new path of a rename or link. */
  readonly directory?: Argument;
  readonly newDirectory?: Argument;
  /** Argument that holds the flags, mode or signal. */
  readonly value?: Argument;
  /** The file is given as an open descriptor. */
  readonly descriptor?: boolean;
}

const calls = {
  execve: { action: "exec" },
  execveat: { action: "exec", directory: " a0=" },
  open: { action: "open", value: " a1=" },
  openat: { action: "open", directory: " a0=", value: " a2=" },
  openat2: { action: "openat2", directory: " a0=" },
  creat: { action: "creat" },
  truncate: { action: "truncate" },
  ftruncate: { action: "truncate", descriptor: true },
  unlink: { action: "delete" },
  rmdir: { action: "delete" },
  unlinkat: { action: "delete", directory: " a0=" },
  rename: { action: "rename" },
  renameat: { action: "rename", directory: " a0=", newDirectory: " a2=" },
  renameat2: { action: "rename", directory: " a0=", newDirectory: " a2=" },
  chmod: { action: "chmod", value: " a1=" },
  fchmod: { action: "chmod", value: " a1=", descriptor: true },
  fchmodat: { action: "chmod", directory: " a0=", value: " a2=" },
  fchmodat2: { action: "chmod", directory: " a0=", value: " a2=" },
  chown: { action: "chown" },
  lchown: { action: "chown" },
  fchown: { action: "chown", descriptor: true },
  fchownat: { action: "chown", directory: " a0=" },
  link: { action: "link" },
  linkat: { action: "link", directory: " a0=", newDirectory: " a2=" },
  symlink: { action: "link" },
  symlinkat: { action: "link", newDirectory: " a1=" },
  mkdir: { action: "make" },
  mkdirat: { action: "make", directory: " a0=" },
  mknod: { action: "make" },
  mknodat: { action: "make", directory: " a0=" },
  connect: { action: "connect" },
  bind: { action: "bind" },
  listen: { action: "listen" },
  kill: { action: "signal", value: " a1=" },
  tkill: { action: "signal", value: " a1=" },
  tgkill: { action: "signal", value: " a2=" },
  pidfd_send_signal: { action: "signal", value: " a1=" },
} as const satisfies Record<string, Call>;

type Name = keyof typeof calls;
type Numbers = Partial<Record<number, Name>>;

// The same on every architecture since Linux 5.1.
const recent: Numbers = { 424: "pidfd_send_signal", 437: "openat2", 452: "fchmodat2" };

const x86_64: Numbers = {
  ...recent,
  2: "open",
  42: "connect",
  49: "bind",
  50: "listen",
  59: "execve",
  62: "kill",
  76: "truncate",
  77: "ftruncate",
  82: "rename",
  83: "mkdir",
  84: "rmdir",
  85: "creat",
  86: "link",
  87: "unlink",
  88: "symlink",
  90: "chmod",
  91: "fchmod",
  92: "chown",
  93: "fchown",
  94: "lchown",
  133: "mknod",
  200: "tkill",
  234: "tgkill",
  257: "openat",
  258: "mkdirat",
  259: "mknodat",
  260: "fchownat",
  263: "unlinkat",
  264: "renameat",
  265: "linkat",
  266: "symlinkat",
  268: "fchmodat",
  316: "renameat2",
  322: "execveat",
  // The x32 ABI (bit 30 is taken off before): its own entries for calls with pointers in structures.
  520: "execve",
  545: "execveat",
};

/** What i386 and 32-bit arm have in common: the calls of Linux 1.0 to 2.4. */
const old32: Numbers = {
  ...recent,
  5: "open",
  8: "creat",
  9: "link",
  10: "unlink",
  11: "execve",
  14: "mknod",
  15: "chmod",
  16: "lchown",
  37: "kill",
  38: "rename",
  39: "mkdir",
  40: "rmdir",
  83: "symlink",
  92: "truncate",
  93: "ftruncate",
  94: "fchmod",
  95: "fchown",
  182: "chown",
  193: "truncate",
  194: "ftruncate",
  198: "lchown",
  207: "fchown",
  212: "chown",
  238: "tkill",
};

const i386: Numbers = {
  ...old32,
  270: "tgkill",
  295: "openat",
  296: "mkdirat",
  297: "mknodat",
  298: "fchownat",
  301: "unlinkat",
  302: "renameat",
  303: "linkat",
  304: "symlinkat",
  306: "fchmodat",
  353: "renameat2",
  358: "execveat",
  361: "bind",
  362: "connect",
  363: "listen",
};

const arm: Numbers = {
  ...old32,
  268: "tgkill",
  282: "bind",
  283: "connect",
  284: "listen",
  322: "openat",
  323: "mkdirat",
  324: "mknodat",
  325: "fchownat",
  328: "unlinkat",
  329: "renameat",
  330: "linkat",
  331: "symlinkat",
  333: "fchmodat",
  382: "renameat2",
  387: "execveat",
};

const generic: Numbers = {
  ...recent,
  33: "mknodat",
  34: "mkdirat",
  35: "unlinkat",
  36: "symlinkat",
  37: "linkat",
  38: "renameat",
  45: "truncate",
  46: "ftruncate",
  52: "fchmod",
  53: "fchmodat",
  54: "fchownat",
  55: "fchown",
  56: "openat",
  129: "kill",
  130: "tkill",
  131: "tgkill",
  200: "bind",
  201: "listen",
  203: "connect",
  221: "execve",
  276: "renameat2",
  281: "execveat",
};

const X86_64 = 0xc000003e;
const I386 = 0x40000003;
const byArch = new Map<number, Numbers>([
  [X86_64, x86_64],
  [I386, i386],
  [0xc00000b7, generic],
  [0xc00000f3, generic],
  [0x40000028, arm],
]);

const X32_BIT = 0x40000000;
/** i386 socketcall(2): its first argument says which call (include/uapi/linux/net.h). */
const SOCKETCALL = 102;
const socketCalls: Partial<Record<number, Name>> = { 2: "bind", 3: "connect", 4: "listen" };

/** The call with this number, or undefined when it makes no fact. */
export function callOf(arch: number, number: number): Call | undefined {
  const bare = arch === X86_64 && number >= X32_BIT ? number - X32_BIT : number;
  const name = byArch.get(arch)?.[bare];
  return name === undefined ? undefined : calls[name];
}

/** True for the call that must be told apart by its first argument. */
export function isSocketCall(arch: number, number: number): boolean {
  return arch === I386 && number === SOCKETCALL;
}

export function socketCall(operation: number): Call | undefined {
  const name = socketCalls[operation];
  return name === undefined ? undefined : calls[name];
}

/** By the name that auditd resolved (`SYSCALL=openat`): for an architecture that is not in the tables. */
export function callNamed(name: string): Call | undefined {
  return Object.hasOwn(calls, name) ? calls[name as Name] : undefined;
}

export function isKnownArch(arch: number): boolean {
  return byArch.has(arch);
}

/**
 * What `b64` and `b32` mean on this machine, and the numbers of the system calls that the rules name.
 *
 * Numbers: kernel arch/x86/entry/syscalls/syscall_64.tbl and syscall_32.tbl, include/uapi/asm-generic/unistd.h,
 * arch/arm/tools/syscall.tbl; compared with `ausyscall <arch> <name>`. AUDIT_ARCH_*: include/uapi/linux/audit.h.
 */

export interface Architecture {
  /** AUDIT_ARCH_* as it stands in records and rules. */
  readonly value: number;
  readonly calls: Readonly<Partial<Record<string, number>>>;
}

export interface Machine {
  readonly b64?: Architecture;
  readonly b32?: Architecture;
}

const names = [
  "execve",
  "execveat",
  "connect",
  "socketcall",
  "kill",
  "pidfd_send_signal",
  "unlinkat",
  "renameat",
  "renameat2",
  "truncate",
  "ftruncate",
  "unlink",
  "rename",
  "openat",
  "open",
  "fchmodat",
  "chmod",
] as const;

/** Numbers in the order of `names`; -1 where the architecture has no such call. */
function calls(...numbers: readonly number[]): Architecture["calls"] {
  return Object.fromEntries(names.map((name, i) => [name, numbers[i] ?? -1]).filter(([, number]) => number !== -1));
}

const generic = calls(221, 281, 203, -1, 129, 424, 35, 38, 276, 45, 46, -1, -1, 56, -1, 53, -1);

const x86_64: Architecture = {
  value: 0xc000_003e,
  calls: calls(59, 322, 42, -1, 62, 424, 263, 264, 316, 76, 77, 87, 82, 257, 2, 268, 90),
};
const i386: Architecture = {
  value: 0x4000_0003,
  calls: calls(11, 358, 362, 102, 37, 424, 301, 302, 353, 92, 93, 10, 38, 295, 5, 306, 15),
};
const arm: Architecture = {
  value: 0x4000_0028,
  calls: calls(11, 387, 283, 102, 37, 424, 328, 329, 382, 92, 93, 10, 38, 322, 5, 333, 15),
};
const aarch64: Architecture = { value: 0xc000_00b7, calls: generic };
const riscv64: Architecture = { value: 0xc000_00f3, calls: generic };

/**
 * @param machine as `uname -m` tells it (`os.machine()`): of the kernel, not of this process
 * @returns undefined for a machine whose numbers are not known
 */
export function machineOf(machine: string): Machine | undefined {
  if (machine === "x86_64") return { b64: x86_64, b32: i386 };
  // armv8l is what a 32-bit process sees of an arm64 kernel (compat uts name).
  if (machine === "aarch64" || machine === "armv8l") return { b64: aarch64, b32: arm };
  if (machine === "riscv64") return { b64: riscv64 };
  if (/^i[3-6]86$/.test(machine)) return { b32: i386 };
  if (/^armv[67]/.test(machine)) return { b32: arm };
  return undefined;
}

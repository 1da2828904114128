/**
 * Numbers of the kernel's audit interface: include/uapi/linux/audit.h and netlink.h. The same on every architecture;
 * all words are in the machine's own order, little-endian wherever Node runs on Linux edge devices.
 */

/** Protocol of socket(2) for the audit netlink. */
export const NETLINK_AUDIT = 9;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
/** struct nlmsghdr: length, type, flags, sequence, port. */
export const HEADER_BYTES = 16;
/** MAX_AUDIT_MESSAGE_LENGTH of libaudit.h (8970), and its header; a longer datagram is cut. */
export const DATAGRAM_BYTES = 9_216;

export const message = {
  get: 1000,
  set: 1001,
  addRule: 1011,
  deleteRule: 1012,
  listRules: 1013,
  /** Another process asks to be the daemon: the kernel looks whether we still answer. */
  replace: 1329,
} as const;

/** struct audit_status: which words an AUDIT_SET means. */
export const statusMask = {
  enabled: 0x01,
  pid: 0x04,
  backlogLimit: 0x10,
  backlogWaitTime: 0x20,
} as const;

/** AUDIT_FAIL_PANIC: a lost record stops the machine. */
export const FAIL_PANIC = 2;
/** `auditctl -e 2`: nothing may be changed until the next boot. */
export const LOCKED = 2;

/** struct audit_rule_data, up to its strings. */
export const MAX_FIELDS = 64;
export const MASK_WORDS = 64;
export const FILTER_EXIT = 4;
export const action = { never: 0, always: 2 } as const;

export const field = {
  pid: 0,
  uid: 1,
  euid: 2,
  auid: 9,
  arch: 11,
  success: 104,
  path: 105,
  perm: 106,
  dir: 107,
  exe: 112,
  saddr_fam: 113,
  a0: 200,
  a1: 201,
  a2: 202,
  a3: 203,
  key: 210,
} as const;
export type FieldName = keyof typeof field;

/** Longest first, so that `a2&=7` is not read as `a2&` and `=7`. */
export const operators = [
  ["&=", 0x4800_0000],
  ["!=", 0x3000_0000],
  ["<=", 0x5000_0000],
  [">=", 0x6000_0000],
  ["=", 0x4000_0000],
  ["<", 0x1000_0000],
  [">", 0x2000_0000],
  ["&", 0x0800_0000],
] as const;
export const EQUAL = 0x4000_0000;

/** AUDIT_PERM_*. */
export const permission: Readonly<Record<string, number>> = { x: 1, w: 2, r: 4, a: 8 };

/** What `-1` and `unset` mean as a login uid. */
export const UID_UNSET = 0xffff_ffff;

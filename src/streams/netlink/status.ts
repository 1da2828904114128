/** struct audit_status (include/uapi/linux/audit.h): how auditing is set up on this host. */
import { statusMask } from "./abi.ts";

export interface AuditStatus {
  /** 0 off, 1 on, 2 on and locked. */
  readonly enabled: number;
  /** 0 silent, 1 printed, 2 panic. */
  readonly failure: number;
  /** The registered daemon's, 0 where none is. */
  readonly pid: number;
  readonly backlogLimit: number;
  /** Records lost since boot, or since the last reset. */
  readonly lost: number;
  /** Jiffies that a process waits when the backlog is full; undefined before Linux 3.14. */
  readonly backlogWaitTime?: number;
}

export type StatusChange = Partial<Pick<AuditStatus, keyof typeof statusMask>>;

const words = { enabled: 4, pid: 12, backlogLimit: 20, backlogWaitTime: 36 } as const;
/** With backlog_wait_time; later kernels append words. */
const BYTES = 40;

/** Undefined when the answer is too short to be one. */
export function decodeStatus(data: Buffer): AuditStatus | undefined {
  if (data.length < 36) return undefined;
  return {
    enabled: data.readUInt32LE(words.enabled),
    failure: data.readUInt32LE(8),
    pid: data.readUInt32LE(words.pid),
    backlogLimit: data.readUInt32LE(words.backlogLimit),
    lost: data.readUInt32LE(24),
    ...(data.length >= BYTES && { backlogWaitTime: data.readUInt32LE(words.backlogWaitTime) }),
  };
}

export function encodeChange(change: StatusChange): Buffer {
  const data = Buffer.alloc(BYTES);
  let mask = 0;
  for (const name of Object.keys(words) as (keyof typeof words)[]) {
    const value = change[name];
    if (value === undefined) continue;
    mask |= statusMask[name];
    data.writeUInt32LE(value, words[name]);
  }
  data.writeUInt32LE(mask, 0);
  return data;
}

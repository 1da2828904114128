/** Every wait of the hub client, in milliseconds. */
export interface HubTiming {
  /** One call of the workload API. */
  readonly workload: number;
  /** From the start of a connection until the subscriptions are granted. */
  readonly open: number;
  /** A twin read or report. */
  readonly twin: number;
  /** One message until its acknowledgement. */
  readonly send: number;
  /** No acknowledgement at all while messages wait: the connection is taken for dead. */
  readonly silence: number;
  /** How long a send waits for a connection before it is rejected unsent. */
  readonly hold: number;
  readonly close: number;
  /** First and longest pause between two attempts. */
  readonly retryFirst: number;
  readonly retryMost: number;
  /** A connection that lived this long was a good one: the next pause is the first again. */
  readonly stable: number;
  /** Lifetime of a token; it is renewed at three quarters of it. */
  readonly token: number;
  /** Between two reads of a twin that edgeHub does not know yet, and the longest pause after a failed read. */
  readonly twinRetry: number;
  /** MQTT keepalive. */
  readonly keepalive: number;
}

/**
 * 3600 s is the SDK's own token lifetime. A workload or twin call answers in milliseconds; the limits are for a device
 * under load. `silence` is the SDK's acknowledgement timeout, `send` is a little longer than its check interval adds.
 */
export const DEFAULT_TIMING: HubTiming = {
  workload: 10_000,
  open: 30_000,
  twin: 20_000,
  send: 45_000,
  silence: 30_000,
  hold: 5_000,
  close: 3_000,
  retryFirst: 500,
  retryMost: 30_000,
  stable: 60_000,
  token: 3_600_000,
  twinRetry: 60_000,
  keepalive: 60_000,
};

/** Rejects with `<what>: no answer within n s` when the promise takes longer. The promise itself goes on. */
export function within<T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Deadline(`${what}: no answer within ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Something took too long. */
export class Deadline extends Error {
  override readonly name = "Deadline";
}

/** Doubles from `first` to `most` with the number of failures; between half and all of it, so that a site's modules spread. */
export function backoff(failures: number, first: number, most: number, random = Math.random): number {
  const full = Math.min(most, first * 2 ** Math.min(failures, 30));
  return full / 2 + (full / 2) * random();
}

/** Resolves after so many ms, or at once when the signal is given. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}

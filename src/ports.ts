/** The seams between the rooms: types, and the few errors that cross them. */
import type { Observable } from "rxjs";
import type { AlertId, SeverityName } from "./alerts/catalogue.ts";
import type { Fact, SourceName } from "./events/fact.ts";

/**
 * One source of facts. Cold; fails fast and never retries: the pipeline supervises it (backoff 1 s to 60 s).
 * A source that cannot exist here errors with SourceAbsent. Between facts it emits `source.reported` (at once after
 * subscription, and on every change) and `source.advanced` (where it can resume).
 */
export interface Stream {
  readonly source: SourceName;
  /** `position`: what the last stored `source.advanced` carried; unchecked JSON, may be undefined or nonsense. */
  open(position?: unknown): Observable<Fact>;
}

/** The source is not on this machine, or not readable with these rights: reported, retried rarely. */
export class SourceAbsent extends Error {
  readonly remedy: string;
  constructor(reason: string, remedy: string) {
    super(reason);
    this.name = "SourceAbsent";
    this.remedy = remedy;
  }
}

/** One message ready for edgeHub. */
export interface OutgoingMessage {
  /** Stable: the same alert has the same id after any restart. Also `finding_info.uid`. */
  readonly id: string;
  /** edgeHub output: `alerts` or `heartbeat`. */
  readonly output: string;
  readonly severity: SeverityName;
  readonly alertId?: AlertId;
  /** One JSON object as text, UTF-8, at most 192 KiB. */
  readonly body: string;
  /** Application properties for routing. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface OutboxEntry extends OutgoingMessage {
  /** Position in the store, unique and increasing. */
  readonly sequence: number;
}

export interface OutboxStatus {
  readonly depth: number;
  readonly bytes: number;
  /** Epoch ms at which the oldest waiting message was appended; absent when none waits or nobody knows. */
  readonly oldestAt?: number;
  /** Messages evicted by size or age since start, by severity. */
  readonly evicted: Readonly<Partial<Record<SeverityName, number>>>;
  /** Poison messages set aside since start. */
  readonly setAside: number;
  /** Why messages are not safe on disk now, in one line; absent when they are. */
  readonly trouble?: string;
}

/** The durable queue: a message is on disk when `append` resolves, and leaves the disk with `acknowledge`. */
export interface Outbox {
  /** Rejects only when the disk refuses: the caller keeps the messages, and stores no position that is past them. */
  append(messages: readonly OutgoingMessage[]): Promise<void>;
  /** The next entries to send, highest severity first, then oldest first, without those in `inFlight`. */
  next(limit: number, inFlight: ReadonlySet<number>): Promise<readonly OutboxEntry[]>;
  acknowledge(sequence: number): Promise<void>;
  /** Moves a poison message out of the way. */
  setAside(sequence: number, reason: string): Promise<void>;
  status(): OutboxStatus;
  /** Emits after every append. */
  readonly appended: Observable<void>;
  close(): Promise<void>;
}

export interface TwinUpdate {
  /** Full desired properties (never a patch), without `$version`/`$metadata`. */
  readonly desired: unknown;
  readonly version: number;
  /** The reported properties as the hub has them at that moment, where it tells them. */
  readonly reported?: unknown;
}

export interface MethodCall {
  readonly name: string;
  readonly payload: unknown;
  /** Answers the caller exactly once; body is JSON-safe and below 128 KiB. */
  respond(status: number, body: unknown): void;
}

export interface InputMessage {
  readonly input: string;
  readonly body: Buffer;
  readonly properties: Readonly<Record<string, string>>;
  /** Connection device and module id of the sender, from edgeHub's system properties. */
  readonly deviceId?: string;
  readonly moduleId?: string;
}

export type HubState = "connected" | "connecting" | "stopped";

export interface HubStatus {
  readonly state: HubState;
  /** Why not connected, in one line. */
  readonly reason: string;
  /** Epoch ms of the last acknowledgement (PUBACK) seen in this run. */
  readonly lastAcknowledgedAt?: number;
}

/** Not sent at all, there was no connection: nothing is said about the message, it does not count as an attempt. */
export class HubAway extends Error {
  constructor(reason: string) {
    super(`edgeHub is away: ${reason}`);
    this.name = "HubAway";
  }
}

/** The upstream side. Never throws because the hub is away; reconnects for ever. */
export interface Hub {
  /** Resolves on PUBACK; rejects on timeout or loss (HubAway: not sent at all), the caller keeps the message. */
  send(message: OutgoingMessage): Promise<void>;
  readonly status: Observable<HubStatus>;
  readonly twin: Observable<TwinUpdate>;
  readonly methods: Observable<MethodCall>;
  readonly inputs: Observable<InputMessage>;
  /** Merges into the reported properties; resolves when accepted, rejects on timeout. */
  report(patch: Readonly<Record<string, unknown>>): Promise<void>;
  /** At most 3 s. */
  close(): Promise<void>;
}

/** One line of the module's own log. */
export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/**
 * The host's file system below one root (`/` standalone, `/host` in the container). Reads never leave it: `..` and
 * symlinks are resolved inside the root. Built in `streams/host-root.ts`.
 */
export interface HostRoot {
  readonly root: string;
  /** Path on this machine for a path of the host, for watching; does not resolve symlinks. */
  path(hostPath: string): string;
  /** Whole text of a small regular file, at most `maxBytes` (default 1 MiB); rejects with the fs error. */
  readText(hostPath: string, maxBytes?: number): Promise<string>;
  readTextSync(hostPath: string, maxBytes?: number): string;
  /** Names in a directory; rejects with the fs error. */
  list(hostPath: string): Promise<readonly string[]>;
}

/** What /proc tells of a living process; synchronous, microseconds, undefined when it is gone. */
export interface ProcessLookup {
  lookup(pid: number): LivingProcess | undefined;
  /** All pids now alive. */
  pids(): readonly number[];
}

export interface LivingProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly exe: string;
  /** The executable was unlinked after it was started; `exe` is the path it had. */
  readonly exeDeleted?: boolean;
  readonly argv: readonly string[];
  readonly comm: string;
  readonly uid?: number;
  readonly cwd?: string;
  /** Clock ticks since boot (`/proc/<pid>/stat` field 22): with the pid, the identity of a process. */
  readonly startTicks: number;
  /** 64-hex container id from `/proc/<pid>/cgroup` (v1 and v2). */
  readonly containerId?: string;
}

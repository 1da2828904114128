/**
 * The union of facts: what happened, never how a log wrote it.
 *
 * Times (`at`) are epoch milliseconds of the event itself, so that a replayed log behaves like a live one.
 * Strings come from places an attacker can write to: they are data, never format strings, paths to open or code.
 */

/** The container in which something happened. */
export interface Container {
  /** Full 64-hex id. */
  readonly id: string;
  readonly name?: string;
  /** Image as named at creation, e.g. `mcr.microsoft.com/x:1.0`. */
  readonly image?: string;
  /** Image id (`sha256:...`). */
  readonly imageId?: string;
  /** IoT Edge module name: the container's name where the label `net.azure-devices.edge.owner` is present. */
  readonly module?: string;
}

/** One step up the process tree; index 0 of `Process.ancestors` is the parent. */
export interface Ancestor {
  readonly pid: number;
  /** Absolute path of the executable, or "" when unknown. */
  readonly exe: string;
  readonly argv: readonly string[];
  readonly uid?: number;
}

/** A process at the moment of the fact. */
export interface Process {
  readonly pid: number;
  readonly ppid: number;
  /** Absolute path of the executable as the kernel tells it, "" when unknown. */
  readonly exe: string;
  /** Decoded arguments, argv[0] first; empty when the source did not tell them. */
  readonly argv: readonly string[];
  readonly comm?: string;
  readonly cwd?: string;
  readonly uid?: number;
  readonly euid?: number;
  /** Login uid (audit `auid`); undefined when unset (4294967295). */
  readonly loginUid?: number;
  /** Account name of `uid` where the source tells it. */
  readonly user?: string;
  readonly tty?: string;
  /** Audit session id; undefined when unset. */
  readonly session?: number;
  readonly container?: Container;
  /** Nearest first, bounded to 16. Filled by the pipeline's process table. */
  readonly ancestors?: readonly Ancestor[];
}

interface Base {
  readonly at: number;
}

/** A program was executed, or its execution was attempted (`failed`: execve returned an error, e.g. ENOENT). */
export interface ProcessStarted extends Base {
  readonly kind: "process.started";
  readonly process: Process;
  readonly failed?: boolean;
  /** Path given to execve and its inode, where the source tells them (PATH item 0). */
  readonly file?: FileIdentity;
}

export interface FileIdentity {
  readonly path: string;
  readonly inode?: number;
  /** Device as `major:minor` in hex, as audit writes it (`fe:00`). */
  readonly device?: string;
  /** Octal mode bits as a number. */
  readonly mode?: number;
}

export type FileOperation = "create" | "write" | "truncate" | "delete" | "rename" | "chmod" | "chown" | "link";

/** A file was changed. Paths are absolute and normalised. `rename`: `file.path` is the new name, `from` the old. */
export interface FileChanged extends Base {
  readonly kind: "file.changed";
  readonly operation: FileOperation;
  readonly file: FileIdentity;
  readonly from?: string;
  /** Absent when only a difference was seen (no audit). */
  readonly process?: Process;
}

/** A file was opened for reading (only for paths that the audit rules watch). */
export interface FileOpened extends Base {
  readonly kind: "file.opened";
  readonly file: FileIdentity;
  readonly process: Process;
}

export interface Endpoint {
  /** Canonical text; IPv4-mapped IPv6 is given as IPv4. */
  readonly ip?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/** connect(2) was called; EINPROGRESS counts as an attempt like any other. */
export interface SocketConnected extends Base {
  readonly kind: "socket.connected";
  readonly destination: Endpoint;
  readonly protocol?: "tcp" | "udp";
  readonly process?: Process;
  /** The peer called us (a connection to a listening port, seen in the socket table); `destination` is the peer. */
  readonly inbound?: boolean;
}

/** How many TCP connections are established now, without those of the loopback. */
export interface SocketsCounted extends Base {
  readonly kind: "sockets.counted";
  readonly established: number;
}

/** A TCP socket is listening (seen in /proc/net/tcp, or by audit bind). */
export interface SocketListening extends Base {
  readonly kind: "socket.listening";
  readonly local: Endpoint;
  readonly process?: Process;
}

export type LoginMethod = "password" | "keyboard-interactive" | "publickey" | "gssapi" | "none" | "unknown";

interface Login extends Base {
  readonly user?: string;
  /** Remote address; absent for a local login. */
  readonly source?: Endpoint;
  readonly method: LoginMethod;
  /** The authenticating program: sshd, login, gdm, lightdm, sddm, su, sudo, dropbear, vsftpd... */
  readonly service: string;
  /** tty1, ttyS0, pts/0...; undefined or "ssh" where none. */
  readonly terminal?: string;
  readonly pid?: number;
  readonly session?: number;
  /**
   * The voice that told it, so that one attempt told by several counts once (`pipeline/fold-logins.ts`): `sshd`,
   * `pam`, or the audit record's type (`USER_AUTH`, `USER_LOGIN`). Within one pid each voice counts for itself.
   */
  readonly teller?: string;
}

export interface LoginSucceeded extends Login {
  readonly kind: "login.succeeded";
  /** The console logs in by itself (agetty --autologin, display manager autologin). */
  readonly autologin?: boolean;
}

export interface LoginFailed extends Login {
  readonly kind: "login.failed";
  /** The account does not exist ("invalid user"). */
  readonly unknownUser?: boolean;
  /** How many attempts this fact stands for ("message repeated N times"); 1 when absent. */
  readonly attempts?: number;
}

/** Who changed the accounts, where audit says so. */
export interface Actor {
  readonly user?: string;
  readonly uid?: number;
  readonly process?: Process;
}

export interface AccountChanged extends Base {
  readonly kind: "account.created" | "account.deleted";
  readonly user: string;
  readonly uid?: number;
  readonly home?: string;
  readonly shell?: string;
  readonly actor?: Actor;
}

export interface GroupChanged extends Base {
  readonly kind: "group.joined" | "group.left";
  readonly user: string;
  /** Absent where only audit tells it (shadow's USER_CHAUTHTOK has no group name). */
  readonly group?: string;
  readonly actor?: Actor;
}

/** A container as `docker inspect` tells it, reduced to what detectors judge. */
export interface ContainerDetail extends Container {
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly binds: readonly string[];
  readonly pidMode?: string;
  readonly networkMode?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly entrypoint: readonly string[];
  /** `KEY=value`; values are secrets until redacted. */
  readonly environment: readonly string[];
  readonly repoDigests?: readonly string[];
}

export interface ContainerStarted extends Base {
  readonly kind: "container.started";
  readonly container: ContainerDetail;
  /** From the snapshot at (re)connection, not from a start event. */
  readonly snapshot?: boolean;
}

/** An image is on the device (snapshot or pull). */
export interface ImagePresent extends Base {
  readonly kind: "image.present";
  readonly image: string;
  readonly imageId?: string;
  readonly repoDigests?: readonly string[];
}

export type DockerTls = "none" | "tls" | "tlsverify";

/** One way on which dockerd is reachable over TCP. */
export interface DockerListener {
  readonly host: string;
  readonly port?: number;
  readonly tls: DockerTls;
  /** What told us: the socket table is proof, the others are intent. */
  readonly seenIn: readonly ("socket" | "command-line" | "daemon.json" | "systemd" | "info-warning")[];
}

export interface DockerPosture extends Base {
  readonly kind: "docker.posture";
  readonly listeners: readonly DockerListener[];
}

export interface ServiceChanged extends Base {
  readonly kind: "service.started" | "service.stopped";
  /** systemd unit without `.service`. */
  readonly unit: string;
  readonly succeeded: boolean;
}

/** The audit subsystem changed: configuration records and the daemon's own life. */
export interface AuditChanged extends Base {
  readonly kind: "audit.changed";
  readonly change:
    | "enabled"
    | "disabled"
    | "rule-added"
    | "rule-removed"
    | "daemon-started"
    | "daemon-ended"
    | "daemon-aborted";
  readonly process?: Process;
  readonly key?: string;
}

/** The host goes down, comes up, or changes runlevel (SYSTEM_SHUTDOWN, SYSTEM_BOOT, SYSTEM_RUNLEVEL). */
export interface HostPower extends Base {
  readonly kind: "host.shutdown" | "host.booted";
}

/** kill(2) and friends, only where the audit rules watch it. */
export interface SignalSent extends Base {
  readonly kind: "signal.sent";
  readonly signal: number;
  readonly target: { readonly pid: number; readonly comm?: string };
  readonly process: Process;
}

/** A message of another module or of a downstream device passed over the `telemetry` input. */
export interface MessageSeen extends Base {
  readonly kind: "message.seen";
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly bytes: number;
}

/** A part of the twin (or of a list it names) could not be used. */
export interface ConfigurationRejected extends Base {
  readonly kind: "configuration.rejected";
  /** Dotted path in the desired properties. */
  readonly path: string;
  readonly expected: string;
  /** Clipped, secrets not echoed. */
  readonly got: string;
  readonly desiredVersion?: number;
}

/** Nothing was acknowledged by the hub between these two times. */
export interface HubSilence extends Base {
  readonly kind: "hub.silence";
  readonly from: number;
  readonly to: number;
  readonly reboots: number;
  readonly clockStepMs: number;
}

/** Something was not seen: a queue overflowed, the kernel or a log lost records. */
export interface CoverageLost extends Base {
  readonly kind: "coverage.lost";
  readonly source: SourceName;
  readonly lost: number;
  readonly reason: string;
}

export const sourceNames = [
  "docker-events",
  "docker-posture",
  "audit-log",
  "audit-netlink",
  "auth-log",
  "accounts",
  "processes",
  "sockets",
  "telemetry",
  "twin",
  "threat-lists",
  "files",
] as const;
export type SourceName = (typeof sourceNames)[number];

export type SourceState = "live" | "degraded" | "absent";

/** How well a source sees. Emitted by the stream itself; never reaches a detector. */
export interface SourceReported extends Base {
  readonly kind: "source.reported";
  readonly source: SourceName;
  readonly state: SourceState;
  /** What cannot be seen, and why. Empty when live. */
  readonly reason: string;
  /** What the operator can do about it. */
  readonly remedy?: string;
}

/**
 * Everything before this position has been emitted. When every alert of it is on disk, the pipeline stores
 * `position` and hands it to the stream at the next start.
 */
export interface SourceAdvanced extends Base {
  readonly kind: "source.advanced";
  readonly source: SourceName;
  readonly position: unknown;
}

/** Time passes: every 10 s live, and by the events' own time in a replay. */
export interface ClockTicked extends Base {
  readonly kind: "clock.ticked";
}

export type Fact =
  | ProcessStarted
  | FileChanged
  | FileOpened
  | SocketConnected
  | SocketListening
  | SocketsCounted
  | LoginSucceeded
  | LoginFailed
  | AccountChanged
  | GroupChanged
  | ContainerStarted
  | ImagePresent
  | DockerPosture
  | ServiceChanged
  | AuditChanged
  | HostPower
  | SignalSent
  | MessageSeen
  | ConfigurationRejected
  | HubSilence
  | CoverageLost
  | SourceReported
  | SourceAdvanced
  | ClockTicked;

export type FactKind = Fact["kind"];
/** The facts of these kinds; where one type carries several (`group.joined`, `group.left`), each is narrowed to its own. */
export type FactOf<K extends FactKind> = K extends FactKind ? OfKind<Fact, K> : never;
type OfKind<F, K> = F extends { kind: infer G } ? (K extends G ? F & { readonly kind: K } : never) : never;

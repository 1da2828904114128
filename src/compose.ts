/** The only place that builds concrete parts. */
import { mkdirSync, readFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";
import { BehaviorSubject, distinctUntilChanged, map, merge, NEVER, type Observable, of, Subject, skip } from "rxjs";
import { type Configuration, ConfigurationReader } from "./config/configuration.ts";
import type { Context } from "./detectors/detector.ts";
import { detectors } from "./detectors/index.ts";
import type { Fact, SourceName } from "./events/fact.ts";
import { parsePasswd } from "./parsers/accounts/passwd.ts";
import { ThreatLists } from "./parsers/threats/threat-lists.ts";
import { Deliverer } from "./pipeline/deliver.ts";
import type { DescribeContext } from "./pipeline/describe.ts";
import { Guard, type GuardState } from "./pipeline/guard.ts";
import { type LastGood, Operator } from "./pipeline/operator.ts";
import { ProcessTable } from "./pipeline/process-table.ts";
import { reopenedOn } from "./pipeline/reopened-on.ts";
import { type Acknowledged, isAcknowledged, silenceBetween } from "./pipeline/silence.ts";
import { Status } from "./pipeline/status.ts";
import { whileAbsent } from "./pipeline/while-absent.ts";
import type { HostRoot, Hub, Log, Outbox, OutgoingMessage, ProcessLookup, Stream } from "./ports.ts";
import { DiskOutbox } from "./store/disk-outbox.ts";
import { History } from "./store/history.ts";
import { FolderInUse, lockFolder } from "./store/instance-lock.ts";
import { ListCache } from "./store/list-cache.ts";
import { MemoryOutbox } from "./store/memory-outbox.ts";
import { SpillOutbox } from "./store/spill-outbox.ts";
import { StateFile } from "./store/state-file.ts";
import { accounts } from "./streams/accounts.ts";
import { auditLog } from "./streams/audit-log.ts";
import { auditNetlink } from "./streams/audit-netlink.ts";
import { authLog } from "./streams/auth-log.ts";
import { dockerEvents } from "./streams/docker-events.ts";
import { dockerPosture } from "./streams/docker-posture.ts";
import { openHostRoot } from "./streams/host-root.ts";
import { openProcessLookup } from "./streams/process-lookup.ts";
import { processes } from "./streams/processes.ts";
import { sockets } from "./streams/sockets.ts";
import { telemetry } from "./streams/telemetry.ts";
import { threatLists } from "./streams/threat-lists.ts";
import { Web, type WebParts } from "./web/web.ts";

export interface ComposeOptions {
  /** Where the host's `/` is mounted. */
  readonly hostRoot: string;
  /** Folder of everything that is written. */
  readonly dataDirectory: string;
  /** Folder of the threat lists named by `file`. */
  readonly listsDirectory: string;
  readonly dockerSocket?: string;
  /** DOCKER_HOST of a read-only socket proxy. */
  readonly dockerHost?: string;
  readonly hub: Hub;
  readonly device: DescribeContext["device"];
  readonly version: string;
  readonly log: Log;
  /** Desired properties to begin with when none were stored. */
  readonly initialTwin?: unknown;
  onMessage?(message: OutgoingMessage): void;
  /** The twin's log level, at the start and at every change; undefined: that of the environment. */
  onLogLevel?(level: Configuration["logLevel"]): void;
  /** How the HTTP server differs from a module's: the view is off there, and the port is the configured one. */
  readonly web?: Partial<Pick<WebParts, "viewByDefault" | "anyPort" | "names" | "onAddress">>;
}

export interface Vedette {
  readonly guard: Guard;
  readonly status: Status;
  readonly history: History | undefined;
  /** Ends everything in order, at most 5 s; what is not sent stays on disk. */
  close(): Promise<void>;
}

/** Builds and starts the module. Rejects with FolderInUse when another instance has the data folder. */
export async function compose(options: ComposeOptions): Promise<Vedette> {
  const { log, hub, device, version } = options;
  const store = await openStore(options.dataDirectory, log);
  const left = store ? undefined : await readLeft(options.dataDirectory, log);
  const hostRoot = openHostRoot(options.hostRoot);
  const lookup = openProcessLookup(hostRoot);
  const status = new Status(Date.now());
  const reader = new ConfigurationReader(detectors);
  const lastGood = store ? await store.lastGood.load() : left?.lastGood;
  const judged = reader.read(lastGood?.desired ?? options.initialTwin ?? {});
  const { configuration } = judged;
  const configured = new BehaviorSubject<Configuration>(configuration);
  configured.subscribe(({ logLevel, threatLists: configuredLists }) => {
    options.onLogLevel?.(logLevel);
    void store?.listCache.keepOnly(Object.keys(configuredLists));
  });
  const lists = new ThreatLists();
  const scan = new Subject<void>();
  const docker = { socketPath: options.dockerSocket, host: options.dockerHost };
  const context: Context = { threats: lists, userName: userNames(hostRoot) };

  const guard = new Guard({
    streams: [
      ...hostStreams({ docker, hostRoot, lookup, configured, version, scan, others: status.sources }),
      telemetrySource(configured, hub),
      threatLists({
        configured: configured.pipe(map((c) => c.threatLists)),
        directory: options.listsDirectory,
        lists,
        cache: store?.listCache,
        onOutcome: (name, outcome) => status.listReported(name, outcome),
      }),
    ],
    detectors,
    configuration,
    context,
    table: new ProcessTable(lookup),
    outbox: store?.outbox ?? memoryOutbox(left),
    status,
    log,
    device,
    version,
    selfPid: ownPid(hostRoot),
    saved: store ? await store.state.load() : left?.state,
    checkpoint: (state) => store?.state.saveText(state) ?? Promise.resolve(),
    onMessage: (message) => {
      store?.history.add(message);
      options.onMessage?.(message);
    },
  });
  const acknowledgement = await acknowledgements(store, hostRoot, guard, status);
  const deliverer = new Deliverer({ outbox: guard.outbox, hub, log, acknowledged: acknowledgement });
  const operator = new Operator({
    hub,
    guard,
    reader,
    status,
    log,
    device,
    version,
    ...(typeof lastGood?.version === "number" && {
      started: { version: lastGood.version, judged, told: lastGood.told },
    }),
    saveLastGood: (good) => store?.lastGood.save(good) ?? Promise.resolve(),
    recentAlerts: async (limit, before) => (await store?.history.page(limit, before)) ?? [],
    scanNow: () => scan.next(),
    onConfiguration: (next) => configured.next(next),
  });
  const web = new Web({
    viewByDefault: false,
    ...options.web,
    status,
    version,
    device,
    past: async () => store?.history.page(Number.POSITIVE_INFINITY, undefined, Number.POSITIVE_INFINITY),
    configuration: () => configured.value,
    log,
  });
  configured.subscribe((c) => web.configure(c.web));
  guard.start();
  operator.start();

  return {
    guard,
    status,
    history: store?.history,
    async close() {
      operator.close();
      await web.close();
      await guard.close();
      deliverer.close();
      await hub.close();
      await store?.close();
    },
  };
}

interface Store {
  readonly outbox: Outbox;
  readonly state: StateFile<GuardState>;
  readonly lastGood: StateFile<LastGood>;
  readonly acknowledged: StateFile<Acknowledged>;
  readonly history: History;
  readonly listCache: ListCache;
  close(): Promise<void>;
}

/** Undefined when the folder cannot be written: the module then runs without memory, and says so. */
async function openStore(directory: string, log: Log): Promise<Store | undefined> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const release = await lockFolder(directory);
    const disk = await DiskOutbox.open({ directory: join(directory, "outbox"), log });
    const outbox = new SpillOutbox({ disk, log });
    return {
      outbox,
      state: new StateFile(directory, "state.json", log),
      lastGood: new StateFile(directory, "configuration.json", log),
      acknowledged: new StateFile(directory, "acknowledged.json", log),
      history: await History.open(directory),
      listCache: new ListCache(join(directory, "list-cache")),
      async close() {
        await outbox.close();
        release();
      },
    };
  } catch (error) {
    if (error instanceof FolderInUse) throw error;
    log.error(
      `data folder ${directory} cannot be written: ${String(error)}. Alerts are kept in memory only and positions are lost at a restart; bind a writable volume there`,
    );
    return undefined;
  }
}

/** What an earlier run left in a data folder that can be read but not written (any more). */
interface Left {
  readonly waiting: readonly OutgoingMessage[];
  readonly state: Partial<GuardState> | undefined;
  readonly lastGood: Partial<LastGood> | undefined;
}

/** The alerts that wait go out, and the logs are read from where the last state says: the same at every start. */
async function readLeft(directory: string, log: Log): Promise<Left> {
  return {
    waiting: await DiskOutbox.waiting(join(directory, "outbox")),
    state: await new StateFile<GuardState>(directory, "state.json", log).load(),
    lastGood: await new StateFile<LastGood>(directory, "configuration.json", log).load(),
  };
}

function memoryOutbox(left: Left | undefined): Outbox {
  const outbox = new MemoryOutbox(undefined, "the data folder cannot be written");
  void outbox.append(left?.waiting ?? []);
  return outbox;
}

interface StreamParts {
  readonly docker: { readonly socketPath?: string; readonly host?: string };
  readonly hostRoot: HostRoot;
  readonly lookup: ProcessLookup;
  readonly configured: BehaviorSubject<Configuration>;
  readonly version: string;
  readonly scan: Observable<void>;
  /** Health of all sources: `processes` rests while audit tells more. */
  readonly others: Status["sources"];
}

/** The sources of the host itself. What the twin changes about one opens that one anew. */
function hostStreams(parts: StreamParts): readonly Stream[] {
  const { docker, hostRoot, lookup, configured, version, scan, others } = parts;
  const setting = <T>(pick: (sources: Configuration["sources"]) => T) => changesOf(configured, (c) => pick(c.sources));
  const now = () => configured.value.sources;
  const better = ["audit-log", "audit-netlink"] as const;
  return [
    reopenedOn("docker-events", scan, () => dockerEvents({ ...docker, epoch: version })),
    reopenedOn(
      "docker-posture",
      setting((s) => s.posturePollSeconds),
      () => dockerPosture({ ...docker, hostRoot, lookup, trigger: scan, interval: now().posturePollSeconds * 1000 }),
    ),
    auditLog({ hostRoot }),
    auditSource(configured, hostRoot),
    authLog({ hostRoot }),
    reopenedOn("accounts", scan, () => accounts({ hostRoot })),
    reopenedOn(
      "sockets",
      merge(
        scan,
        setting((s) => s.socketPollSeconds),
      ),
      () => sockets({ hostRoot, lookup, interval: now().socketPollSeconds * 1000 }),
    ),
    reopenedOn(
      "processes",
      setting((s) => s.processPollMilliseconds),
      () =>
        whileAbsent(
          processes({ hostRoot, lookup, interval: now().processPollMilliseconds }),
          better,
          recording(others),
        ),
    ),
  ];
}

/** A degraded audit-netlink still records what is executed; where it does not, it says absent. */
function recording(sources: Status["sources"]): Status["sources"] {
  return sources.pipe(
    map((all) => {
      const audit = all.get("audit-netlink");
      return audit?.state === "degraded" ? new Map(all).set("audit-netlink", { ...audit, state: "live" }) : all;
    }),
  );
}

/** Emits at every later change of a part of the configuration. */
function changesOf(configured: Observable<Configuration>, pick: (c: Configuration) => unknown): Observable<unknown> {
  return configured.pipe(map(pick), distinctUntilChanged(), skip(1));
}

/** The kernel's audit where no daemon has it, or word that the twin switched it off. */
function auditSource(configured: BehaviorSubject<Configuration>, hostRoot: HostRoot): Stream {
  const audit = auditNetlink({ hostRoot });
  return reopenedOn(
    "audit-netlink",
    changesOf(configured, (c) => c.sources.auditNetlink),
    () => (configured.value.sources.auditNetlink ? audit : switchedOff("audit-netlink")),
  );
}

/** The telemetry input, or word that the twin switched it off. */
function telemetrySource(configured: BehaviorSubject<Configuration>, hub: Hub): Stream {
  return reopenedOn(
    "telemetry",
    changesOf(configured, (c) => c.sources.telemetry),
    () => (configured.value.sources.telemetry ? telemetry(hub.inputs) : switchedOff("telemetry")),
  );
}

function switchedOff(source: SourceName): Stream {
  const off = (): Fact => ({
    kind: "source.reported",
    at: Date.now(),
    source,
    state: "absent",
    reason: "switched off by the twin",
  });
  return { source, open: () => merge(of(off()), NEVER) };
}

/** Every source of the host, for `vedette doctor`. */
export function sourcesHere(root: string, dockerHost: string | undefined): readonly Stream[] {
  const hostRoot = openHostRoot(root);
  const lookup = openProcessLookup(hostRoot);
  const configured = new BehaviorSubject(new ConfigurationReader(detectors).defaults());
  const docker = { host: dockerHost };
  const others = of(new Map());
  return hostStreams({ docker, hostRoot, lookup, configured, version: "doctor", scan: NEVER, others });
}

/** uid -> name from the host's passwd, read again when it is older than a minute. */
function userNames(hostRoot: HostRoot): (uid: number) => string | undefined {
  let names = new Map<number, string>();
  let readAt = 0;
  return (uid) => {
    if (Date.now() - readAt > 60_000) {
      readAt = Date.now();
      try {
        names = new Map(parsePasswd(hostRoot.readTextSync("/etc/passwd")).map(({ uid: id, name }) => [id, name]));
      } catch {
        // The accounts stream reports an unreadable passwd; here the uid alone has to do.
      }
    }
    return names.get(uid);
  };
}

/**
 * Our pid as the host counts it: `/host/proc/self` is resolved by the kernel for the reader in the mount's own pid
 * namespace. Undefined when the mounted /proc is of a namespace in which we are not.
 */
function ownPid(hostRoot: HostRoot): number | undefined {
  try {
    const pid = Number(readFileSync(hostRoot.path("/proc/self/stat"), "utf8").split(" ", 1)[0]);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Tells the silence that ended with the first acknowledgement of this run, and keeps the last one on disk. */
async function acknowledgements(
  store: Store | undefined,
  hostRoot: HostRoot,
  guard: Guard,
  status: Status,
): Promise<() => void> {
  const stored = await store?.acknowledged.load();
  let last = isAcknowledged(stored) ? stored : undefined;
  let savedAt = 0;
  status.lastAcknowledgedAt = last?.at;
  const bootId = readBootId(hostRoot);
  return () => {
    const now: Acknowledged = { at: Date.now(), uptime: uptime(), bootId };
    if (last && now.uptime - last.uptime + (now.bootId === last.bootId ? 0 : 1e9) > 60)
      guard.take(silenceBetween(last, now));
    last = now;
    status.lastAcknowledgedAt = now.at;
    if (now.uptime - savedAt < 60) return;
    savedAt = now.uptime;
    void store?.acknowledged.save(now).catch(() => undefined);
  };
}

function readBootId(hostRoot: HostRoot): string {
  try {
    return hostRoot.readTextSync("/proc/sys/kernel/random/boot_id", 64).trim();
  } catch {
    return "";
  }
}

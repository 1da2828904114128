/** The whole host under attack: every real part, the module on it, and the hands of the intruder. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Accounts, throwAwayAccounts } from "./accounts.ts";
import { type Auditd, startAuditd } from "./auditd.ts";
import { type ConsoleLogin, consoleLogins } from "./console.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { type DownloadServer, startDownloadServer } from "./download-server.ts";
import { lockHost } from "./host-lock.ts";
import { loopbackAddress } from "./loopback-address.ts";
import { type Module, type ModuleOptions, startModule } from "./module.ts";
import { type Rsyslogd, startRsyslogd } from "./rsyslogd.ts";
import { openSession, runOverSsh, type Session } from "./session.ts";
import { type Sshd, startSshd } from "./sshd.ts";
import { startWebServer, type WebServer } from "./web-server.ts";

export interface Host {
  /** Fresh word of this deed, [a-z0-9]{6}: subjects that hold it are not taken for repeats. */
  readonly word: string;
  /** Directory of this deed below /tmp, readable by all, removed afterwards. */
  readonly directory: string;
  /** An address on this host's loopback that looks like another host: TEST-NET-1 (RFC 5737). */
  readonly remote: string;
  /** The same, but on the twin's threat list. */
  readonly listed: string;
  /** Another listed one, for downloads. */
  readonly listedSource: string;
  readonly auditd: Auditd;
  readonly docker: DockerEngine;
  readonly sshd: Sshd;
  readonly web: WebServer;
  readonly downloads: DownloadServer;
  readonly accounts: Accounts;
  readonly console: ConsoleLogin;
  readonly module: Module;
  /** Enters a line at root's prompt: only its children are seen. */
  type(line: string): Promise<string>;
  /** Has sshd run `bash -c line` as root: the line is in the audit log. */
  run(line: string): Promise<string>;
  /** The same as this account. */
  runAs(user: string, line: string): Promise<string>;
}

export interface RunningHost extends Host {
  /** A new word and directory for the next deed. */
  renew(): void;
  stop(): Promise<void>;
}

const remoteAddress = "192.0.2.10";
const listedAddress = "203.0.113.66";
/** A second one, so that the two alerts about listed addresses are no repeats of each other. */
const listedSource = "203.0.113.67";

export const hostLists = { e2e: { entries: { a: listedAddress, b: listedSource } } };

/** What the twin says on this host: every alert is sent at once, and none is held back by the daily bill. */
const desired = {
  limits: { perMinute: 600, perDay: 100_000 },
  repeats: { windowMinutes: 1 },
  sources: { posturePollSeconds: 10 },
  threatLists: hostLists,
  alerts: { "firewall-disabled": { restoreSeconds: 2 }, "auditd-disabled": { reloadSeconds: 2, restartSeconds: 2 } },
};

/** Parts of another kind than the usual. */
export interface OtherParts {
  /** The host's lock, when the caller took it; it is given back at the stop. */
  readonly lock?: Awaited<ReturnType<typeof lockHost>>;
  /** A running engine, which is used and left running. */
  readonly docker?: DockerEngine;
  /** No audit daemon and no rules: a host on which nobody installed auditd. */
  readonly auditd?: false;
  /** Another way to run the module than the bundle in a process. */
  startModule?(options: ModuleOptions): Promise<Module>;
  /** Sources that must see before a deed is done. */
  readonly awaited?: readonly string[];
}

/** Starts every part. What had been started is stopped again when one fails. */
export async function startHost(twin: Record<string, unknown> = {}, other: OtherParts = {}): Promise<RunningHost> {
  const stops: (() => Promise<void>)[] = [];
  const started = async <P extends { stop(): Promise<void> }>(part: Promise<P>): Promise<P> => {
    const running = await part;
    stops.unshift(() => running.stop());
    return running;
  };
  const stop = async () => {
    for (const end of stops.splice(0)) await end().catch((error) => console.error(error));
  };
  try {
    await started(other.lock ? Promise.resolve(other.lock) : lockHost());
    await started<Rsyslogd>(startRsyslogd());
    for (const address of [remoteAddress, listedAddress, listedSource]) await started(loopbackAddress(address));
    await started(directory("/var/www"));
    const auditd = await started(other.auditd === false ? noAuditd() : startAuditd());
    const sshd = await started(startSshd());
    const accounts = await started(throwAwayAccounts());
    const docker = other.docker ?? (await started(startDockerEngine()));
    const web = await started(startWebServer());
    const downloads = await started(startDownloadServer());
    const module = await started(
      (other.startModule ?? startModule)({
        dockerHost: docker.host,
        desired: { ...desired, ...twin },
        deployment: { routes },
        awaited: other.awaited ?? ["audit-log", "auth-log", "docker-events", "accounts"],
      }),
    );
    const session = await openSession(sshd, "root");
    stops.unshift(() => session.close());
    return new EverythingHost({ auditd, sshd, accounts, docker, web, downloads, module, session, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** As deployment.template.json routes: alerts upstream, the others' messages also to the module's input. */
const routes = {
  alerts: "FROM /messages/modules/vedette/outputs/* INTO $upstream",
  telemetry:
    'FROM /messages/* WHERE NOT IS_DEFINED($connectionModuleId) OR $connectionModuleId <> "vedette" INTO BrokeredEndpoint("/modules/vedette/inputs/telemetry")',
};

async function noAuditd(): Promise<Auditd> {
  return { pid: 0, own: false, stop: async () => undefined, restart: async () => undefined };
}

/** A directory that the rules watch; a rule on one that is not there is not loaded. */
async function directory(path: string): Promise<{ stop(): Promise<void> }> {
  const made = mkdirSync(path, { recursive: true });
  return { stop: async () => void (made && rmSync(made, { recursive: true })) };
}

interface Parts {
  readonly auditd: Auditd;
  readonly sshd: Sshd;
  readonly accounts: Accounts;
  readonly docker: DockerEngine;
  readonly web: WebServer;
  readonly downloads: DownloadServer;
  readonly module: Module;
  readonly session: Session;
  stop(): Promise<void>;
}

class EverythingHost implements RunningHost {
  readonly auditd: Auditd;
  readonly sshd: Sshd;
  readonly accounts: Accounts;
  readonly docker: DockerEngine;
  readonly web: WebServer;
  readonly downloads: DownloadServer;
  readonly module: Module;
  readonly console: ConsoleLogin;
  readonly #session: Session;
  readonly #stop: () => Promise<void>;
  readonly remote = remoteAddress;
  readonly listed = listedAddress;
  readonly listedSource = listedSource;
  word = "";
  directory = "";

  constructor(parts: Parts) {
    this.auditd = parts.auditd;
    this.sshd = parts.sshd;
    this.accounts = parts.accounts;
    this.docker = parts.docker;
    this.web = parts.web;
    this.downloads = parts.downloads;
    this.module = parts.module;
    this.console = consoleLogins();
    this.#session = parts.session;
    this.#stop = parts.stop;
    this.renew();
  }

  renew(): void {
    if (this.directory) rmSync(this.directory, { recursive: true, force: true });
    this.word = `w${randomBytes(4).toString("hex").slice(0, 5)}`;
    this.directory = mkdtempSync(join(tmpdir(), "deed-"));
    chmodSync(this.directory, 0o755);
  }

  async type(line: string): Promise<string> {
    return (await this.#session.type(line)).output;
  }

  run(line: string): Promise<string> {
    return runOverSsh(this.sshd, "root", line);
  }

  runAs(user: string, line: string): Promise<string> {
    return runOverSsh(this.sshd, user, line);
  }

  async stop(): Promise<void> {
    if (this.directory) rmSync(this.directory, { recursive: true, force: true });
    await this.#stop();
  }
}

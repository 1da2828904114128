/**
 * /etc/passwd and /etc/group as facts: who was created, deleted, added, removed. What changed while the module was
 * down is told at the start, by comparison with the saved state.
 *
 * Both files are replaced by rename, so the directory is watched; where inotify tells nothing (NFS, overlay), a look
 * every 5 s does. A change is read when the files have been quiet for a second, because tools write them one by one.
 *
 * Blind spots: what is undone within that second; accounts of a directory (LDAP, AD); /etc/gshadow is not read.
 */
import { type FSWatcher, lstatSync, watch } from "node:fs";
import { Observable, type Subscriber } from "rxjs";
import type { Fact, SourceReported } from "../events/fact.ts";
import { fromBaseline, toBaseline } from "../parsers/accounts/baseline.ts";
import { type Accounts, difference } from "../parsers/accounts/difference.ts";
import { parseGroup } from "../parsers/accounts/group.ts";
import { parsePasswd } from "../parsers/accounts/passwd.ts";
import { type HostRoot, SourceAbsent, type Stream } from "../ports.ts";

export interface AccountsOptions {
  readonly hostRoot: HostRoot;
  readonly now?: () => number;
  /** Look at the files this often whatever the watch tells, ms. */
  readonly pollMs?: number;
  /** How long the files must be quiet before they are read, ms. */
  readonly settleMs?: number;
}

const SOURCE = "accounts";
const MOST_BYTES = 4 * 1024 * 1024;
/** A file without root is half written, or broken; after this many looks it is reported. */
const PATIENCE = 3;

export function accounts(options: AccountsOptions): Stream {
  return {
    source: SOURCE,
    open: (position) =>
      new Observable<Fact>((subscriber) => {
        const watcher = new AccountWatcher(options, position, subscriber);
        watcher.start();
        return () => watcher.stop();
      }),
  };
}

class AccountWatcher {
  readonly #host: HostRoot;
  readonly #now: () => number;
  readonly #settleMs: number;
  readonly #pollMs: number;
  readonly #subscriber: Subscriber<Fact>;
  #known: Accounts | undefined;
  #text = "";
  #broken = 0;
  #state: SourceReported["state"] | undefined;
  #watch: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: AccountsOptions, position: unknown, subscriber: Subscriber<Fact>) {
    this.#host = options.hostRoot;
    this.#now = options.now ?? Date.now;
    this.#settleMs = options.settleMs ?? 1000;
    this.#pollMs = options.pollMs ?? 5000;
    this.#subscriber = subscriber;
    this.#known = fromBaseline(position);
  }

  start(): void {
    try {
      this.#watch = watch(this.#host.path("/etc"), { persistent: false }, (_event, name) => this.#touched(name));
      // a watch that fails later only costs the few seconds until the next look
      this.#watch.on("error", () => this.#watch?.close());
    } catch {
      // no /etc at all: the first look reports it; no inotify: the looks remain
    }
    this.#poll = setInterval(() => void this.#look(), this.#pollMs);
    this.#poll.unref();
    void this.#look();
  }

  stop(): void {
    this.#watch?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
  }

  #touched(name: string | null): void {
    if (name !== null && name !== "passwd" && name !== "group") return;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => void this.#look(), this.#settleMs);
    this.#settle.unref();
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#subscriber.closed) return;
    this.#looking = true;
    try {
      const passwd = await this.#host.readText("/etc/passwd", MOST_BYTES);
      const group = await this.#host.readText("/etc/group", MOST_BYTES);
      if (!this.#subscriber.closed) this.#compare(passwd, group);
    } catch (error) {
      this.#subscriber.error(absent(error));
    } finally {
      this.#looking = false;
    }
  }

  #compare(passwd: string, group: string): void {
    const text = `${passwd}\0${group}`;
    if (text === this.#text && this.#broken === 0) return;
    const after = { accounts: parsePasswd(passwd), groups: parseGroup(group) };
    if (!after.accounts.some(({ uid }) => uid === 0) || after.groups.length === 0) {
      if (++this.#broken >= PATIENCE) this.#report("degraded", "/etc/passwd or /etc/group is empty or has no root");
      return;
    }
    const before = this.#known;
    this.#known = after;
    this.#text = text;
    this.#broken = 0;
    this.#report("live", "");
    for (const fact of before ? difference(before, after, this.#changedAt()) : []) this.#subscriber.next(fact);
    this.#subscriber.next({ kind: "source.advanced", at: this.#now(), source: SOURCE, position: toBaseline(after) });
  }

  /** When the files were last written: for changes made while the module was down. */
  #changedAt(): number {
    const now = this.#now();
    const times = ["/etc/passwd", "/etc/group"].map((file) => {
      try {
        return lstatSync(this.#host.path(file)).mtimeMs;
      } catch {
        return now;
      }
    });
    return Math.min(now, Math.floor(Math.max(...times)));
  }

  #report(state: SourceReported["state"], reason: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#subscriber.next({ kind: "source.reported", at: this.#now(), source: SOURCE, state, reason });
  }
}

function absent(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new SourceAbsent(
    `cannot read /etc/passwd and /etc/group: ${code ?? message}`,
    "mount the host's /etc read-only below the host root; mount the directory, not the files",
  );
}

/**
 * A private host of log files, written as auditd and login(1) write them: deeds cost nothing, need no rights, and no
 * other process of this machine is seen.
 */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { PaperHost } from "../rig/host/paper-host.ts";

export type LogName = "audit" | "auth";

const paths = { audit: "var/log/audit/audit.log", auth: "var/log/auth.log" } as const satisfies Record<LogName, string>;
/** More than auditd's five of 8 MiB, because these are tiny: no row is to lose what was destroyed before it was read. */
const generations = 40;

export class LogHost {
  readonly #paper = new PaperHost();
  /** Offset of the host's clock from this process's, ms. */
  clock = 0;
  #serial = 100;
  #pid = 20_000;

  constructor() {
    mkdirSync(join(this.root, "var/log/audit"));
    mkdirSync(join(this.root, "etc/audit"));
    writeFileSync(join(this.root, "etc/audit/audit.rules"), "-a always,exit -F arch=b64 -S execve -k vedette-exec\n");
    writeFileSync(this.path("audit"), "");
    // For a module that does not run as root.
    for (const folder of ["", "var/log/audit"]) chmodSync(join(this.root, folder), 0o755);
  }

  get root(): string {
    return this.#paper.root;
  }

  path(log: LogName): string {
    return join(this.root, paths[log]);
  }

  /** login(1) told of a login at the console. */
  logIn(user: string): void {
    const stamp = new Date(this.#now()).toISOString().replace("Z", "+00:00");
    appendFileSync(this.path("auth"), `${stamp} edge login[${++this.#pid}]: LOGIN ON tty1 BY ${user}\n`);
  }

  /** Somebody executed `userdel USER`. */
  deleteUser(user: string): void {
    appendFileSync(this.path("audit"), this.execution("/usr/sbin/userdel", "userdel", user).join(""));
  }

  /** The records of one execution: SYSCALL, EXECVE, CWD, PATH, PROCTITLE. */
  execution(exe: string, ...argv: readonly string[]): string[] {
    const at = this.#now();
    const stamp = `msg=audit(${Math.floor(at / 1000)}.${String(at % 1000).padStart(3, "0")}:${++this.#serial}):`;
    const pid = ++this.#pid;
    const words = argv.map((word, i) => `a${i}="${word}"`).join(" ");
    const ids = "auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3";
    const call = "arch=c000003e syscall=59 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=1";
    const comm = exe.split("/").at(-1);
    const title = Buffer.from(argv.join("\0")).toString("hex").toUpperCase();
    return [
      `type=SYSCALL ${stamp} ${call} ppid=1 pid=${pid} ${ids} comm="${comm}" exe="${exe}" key="vedette-exec"\n`,
      `type=EXECVE ${stamp} argc=${argv.length} ${words}\n`,
      `type=CWD ${stamp} cwd="/root"\n`,
      `type=PATH ${stamp} item=0 name="${exe}" inode=77 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL\n`,
      `type=PROCTITLE ${stamp} proctitle=${title}\n`,
    ];
  }

  append(log: LogName, text: string | Buffer): void {
    appendFileSync(this.path(log), text);
  }

  /** Renames log -> .1 -> .2 and begins a new file, as auditd does and logrotate's default. */
  rotate(log: LogName, mode = 0o644): void {
    for (let n = generations; n >= 1; n--) {
      const from = n === 1 ? this.path(log) : `${this.path(log)}.${n - 1}`;
      if (existsSync(from)) renameSync(from, `${this.path(log)}.${n}`);
    }
    writeFileSync(this.path(log), "", { mode });
    chmodSync(this.path(log), mode);
  }

  /** logrotate's copytruncate. */
  copyAndTruncate(log: LogName): void {
    for (let n = generations; n >= 2; n--) {
      const from = `${this.path(log)}.${n - 1}`;
      if (existsSync(from)) renameSync(from, `${this.path(log)}.${n}`);
    }
    copyFileSync(this.path(log), `${this.path(log)}.1`);
    truncateSync(this.path(log), 0);
  }

  truncate(log: LogName): void {
    truncateSync(this.path(log), 0);
  }

  remove(): void {
    this.#paper.remove();
  }

  #now(): number {
    return Date.now() + this.clock;
  }
}

/**
 * A host of files: what the module reads below its host root, written by a test. No rights are needed, nothing of this
 * machine is touched, and no time passes that the test does not want.
 */
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Connection {
  readonly ip: string;
  readonly port: number;
}

export class PaperHost {
  readonly root = mkdtempSync(join(tmpdir(), "paper-host-"));
  #pid = 1000;

  constructor() {
    for (const folder of ["etc", "var/log", "proc/sys/kernel/random"])
      mkdirSync(join(this.root, folder), { recursive: true });
    this.#write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\neve:x:1001:1001::/home/eve:/bin/bash\n");
    this.#write("etc/group", "root:x:0:\nsudo:x:27:\n");
    this.#write("proc/stat", `btime ${Math.floor(Date.now() / 1000) - 3600}\n`);
    this.#write("proc/sys/kernel/random/boot_id", "00000000-0000-4000-8000-000000000001\n");
    this.#write("var/log/auth.log", "");
    this.#process(1, "/sbin/init", ["/sbin/init"], 0);
    this.connect([]);
  }

  /** A program that runs from now on. */
  run(exe: string, ...args: readonly string[]): void {
    this.#process(++this.#pid, exe, [exe, ...args], 1);
  }

  /** The established TCP connections from now on. */
  connect(connections: readonly Connection[]): void {
    const rows = connections.map(({ ip, port }, i) => {
      const row = `${i}: ${hex("192.0.2.1")}:${word(40_000 + i)} ${hex(ip)}:${word(port)} 01`;
      return `   ${row} 00000000:00000000 00:00000000 00000000     0        0 ${9000 + i} 1 0 20 4 30 10 -1\n`;
    });
    const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    this.#write("proc/1/net/tcp", head + rows.join(""));
  }

  /** Lines of auth.log, each with the present time. */
  auth(...lines: readonly string[]): void {
    const stamp = new Date().toISOString().replace("Z", "+00:00");
    appendFileSync(join(this.root, "var/log/auth.log"), lines.map((line) => `${stamp} edge ${line}\n`).join(""));
  }

  /** A failed login at the console; every attempt has a process of its own. */
  failLogin(user: string): void {
    this.auth(failedLogin(user, ++this.#pid));
  }

  login(user: string, tty = "tty1"): void {
    this.auth(`login[${++this.#pid}]: LOGIN ON ${tty} BY ${user}`);
  }

  /** Many failed logins in one write, each of another user; `middle` is written between the halves. */
  storm(count: number, middle: string): void {
    const lines = Array.from({ length: count }, (_, i) => failedLogin(`user${i}`, ++this.#pid));
    this.auth(...lines.slice(0, count / 2), middle, ...lines.slice(count / 2));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #process(pid: number, exe: string, argv: readonly string[], ppid: number): void {
    const building = join(this.root, `new-${pid}`);
    mkdirSync(join(building, "net"), { recursive: true });
    const comm = exe.split("/").at(-1)?.slice(0, 15);
    const ticks = (3600 + 1) * 100;
    writeFileSync(
      join(building, "stat"),
      `${pid} (${comm}) S ${ppid} ${pid} ${pid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${ticks} 0\n`,
    );
    writeFileSync(join(building, "cmdline"), argv.map((argument) => `${argument}\0`).join(""));
    writeFileSync(join(building, "status"), `Name:\t${comm}\nUid:\t0\t0\t0\t0\n`);
    symlinkSync(exe, join(building, "exe"));
    renameSync(building, join(this.root, "proc", String(pid)));
  }

  #write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }
}

function failedLogin(user: string, pid: number): string {
  return `login[${pid}]: FAILED LOGIN (1) on '/dev/tty1' FOR '${user}', Authentication failure`;
}

/** An IPv4 address as /proc/net/tcp writes it: one little-endian word. */
function hex(ip: string): string {
  return ip
    .split(".")
    .reverse()
    .map((octet) => Number(octet).toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}

function word(port: number): string {
  return port.toString(16).padStart(4, "0").toUpperCase();
}

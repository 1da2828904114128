/** The real audit daemon with the project's own rules. It logs where every host does: the rules watch real paths. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, eventually, runChild, startChild } from "./child.ts";

export const auditLogPath = "/var/log/audit/audit.log";
const projectRules = resolve(import.meta.dirname, "../../../etc/audit/30-vedette.rules");

export interface Auditd {
  readonly pid: number;
  /** False when a daemon was there already: it is used and left running. */
  readonly own: boolean;
  stop(): Promise<void>;
  /** Starts a daemon again after a deed has ended it. */
  restart(): Promise<void>;
}

/** One that may be taken away for a while. */
export interface PausableAuditd extends Auditd {
  /** Without the daemon while `act` runs; the rules stay in the kernel. A daemon that was there already stays. */
  pause(act: () => Promise<void>): Promise<void>;
}

/** auditd.conf(5). Flushing and rotation as Debian ships them; no dispatcher plug-ins. */
const configuration = `log_file = ${auditLogPath}
log_format = ENRICHED
log_group = root
write_logs = yes
flush = INCREMENTAL_ASYNC
freq = 50
max_log_file = 64
num_logs = 2
max_log_file_action = ROTATE
name_format = NONE
local_events = yes
space_left = 75
space_left_action = IGNORE
admin_space_left = 50
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
verify_email = no
plugin_dir = PLUGINS
`;

/** Starts auditd (unless one runs) and loads `etc/audit/30-vedette.rules`. */
export async function startAuditd(): Promise<PausableAuditd> {
  const before = await status();
  const logExisted = existsSync(auditLogPath);
  const directory = mkdtempSync(join(tmpdir(), "auditd-"));
  mkdirSync(join(directory, "plugins"), { mode: 0o750 });
  mkdirSync("/var/log/audit", { recursive: true, mode: 0o750 });
  const plugins = join(directory, "plugins");
  writeFileSync(join(directory, "auditd.conf"), configuration.replace("PLUGINS", plugins), { mode: 0o640 });
  // A Vedette that reads the kernel's audit itself is no daemon to be used: it gives way.
  const own = before.pid === 0 || !isAuditd(before.pid);
  let daemon: Child | undefined = own ? await startDaemon(directory) : undefined;
  await loadRules().catch(async (error) => {
    await daemon?.stop();
    throw error;
  });
  return {
    get pid() {
      return daemon?.pid ?? before.pid;
    },
    own,
    async restart() {
      if (!own) return;
      await daemon?.stop();
      daemon = await startDaemon(directory);
      await loadRules();
    },
    async pause(act) {
      if (!own) return act();
      await daemon?.stop();
      await act();
      daemon = await startDaemon(directory);
    },
    async stop() {
      await runChild("auditctl", ["-D"], { tolerant: true });
      await daemon?.stop();
      if (own) {
        await runChild("auditctl", ["-e", String(before.enabled)], { tolerant: true });
        await runChild("auditctl", ["-b", String(before.backlogLimit)], { tolerant: true });
      }
      if (own && !logExisted) for (const name of ["", ".1"]) rmSync(auditLogPath + name, { force: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function isAuditd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "auditd";
  } catch {
    return false;
  }
}

/** In the foreground (-n), so that it stays our child; `-s enable` switches the kernel's auditing on. */
async function startDaemon(directory: string, again = 4): Promise<Child> {
  const daemon = await startChild("auditd", ["-n", "-s", "enable", "-c", directory]);
  await eventually("auditd is the kernel's audit daemon", async () => {
    if (daemon.ended !== undefined) return true;
    return (await status()).pid === daemon.pid;
  });
  // Refused because a busy Vedette had not seen it start; as systemd does (Restart=on-failure in auditd.service).
  if (daemon.ended === 1 && again > 0) {
    await sleep(100);
    return startDaemon(directory, again - 1);
  }
  if (daemon.ended !== undefined) throw new Error(`auditd ended with ${daemon.ended}: ${daemon.output}`);
  return daemon;
}

/** The limits are those of etc/audit/vedette-limits.rules' kind: the kernel's 64 buffers lose records at once. */
async function loadRules(): Promise<void> {
  await runChild("auditctl", ["-b", "16384"]);
  await runChild("auditctl", ["-D"]);
  const directory = mkdtempSync(join(tmpdir(), "audit-rules-"));
  writeFileSync(join(directory, "rules"), readFileSync(projectRules), { mode: 0o640 });
  // Tolerant as the file's own `-i`: a directory that is not there takes no watch.
  await runChild("auditctl", ["-R", join(directory, "rules")], { tolerant: true });
  rmSync(directory, { recursive: true, force: true });
  const loaded = await runChild("auditctl", ["-l"]);
  if (!loaded.includes("vedette-exec")) throw new Error(`the project's audit rules did not load: ${loaded}`);
}

async function status(): Promise<{ enabled: number; pid: number; backlogLimit: number }> {
  const text = await runChild("auditctl", ["-s"]);
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  return { enabled: value("enabled"), pid: value("pid"), backlogLimit: value("backlog_limit") };
}

/** A real rsyslogd that owns /dev/log and writes /var/log/auth.log as Debian's does. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, startChild } from "./child.ts";

const authLogPath = "/var/log/auth.log";

export interface Rsyslogd {
  stop(): Promise<void>;
}

/** Uses the one that runs when /dev/log is taken. */
export async function startRsyslogd(): Promise<Rsyslogd> {
  if (existsSync("/dev/log") && existsSync(authLogPath)) return { stop: async () => undefined };
  const directory = mkdtempSync(join(tmpdir(), "rsyslog-"));
  const file = join(directory, "rsyslog.conf");
  writeFileSync(file, configuration(directory));
  const logExisted = existsSync(authLogPath);
  const daemon = await startChild("rsyslogd", ["-n", "-f", file, "-i", join(directory, "pid")]);
  await eventually("rsyslogd opens /dev/log", () => {
    if (daemon.ended !== undefined) throw new Error(`rsyslogd ended with ${daemon.ended}: ${daemon.output}`);
    return existsSync("/dev/log");
  });
  return {
    async stop() {
      await daemon.stop();
      rmSync("/dev/log", { force: true });
      if (!logExisted) rmSync(authLogPath, { force: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The traditional stamps of Debian 12; `auth,authpriv.*` as in its rsyslog.conf. */
function configuration(directory: string): string {
  return `global(workDirectory="${directory}")
module(load="imuxsock" SysSock.Use="on" SysSock.Name="/dev/log" SysSock.RateLimit.Interval="0")
module(load="builtin:omfile" Template="RSYSLOG_TraditionalFileFormat")
auth,authpriv.* ${authLogPath}
`;
}

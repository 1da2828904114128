/** A real sshd on a random port: own host keys and configuration, PAM, passwords and one key. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild, startChild } from "./child.ts";
import { freePort, listening } from "./port.ts";

export interface Sshd {
  readonly port: number;
  /** Private key that root and every account may log in with. */
  readonly key: string;
  readonly directory: string;
  stop(): Promise<void>;
}

export async function startSshd(): Promise<Sshd> {
  const directory = mkdtempSync(join(tmpdir(), "sshd-"));
  const port = await freePort();
  for (const name of ["host_key", "login_key"]) {
    await runChild("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "e2e", "-f", join(directory, name)]);
  }
  const authorized = join(directory, "authorized_keys");
  writeFileSync(authorized, readFileSync(join(directory, "login_key.pub")), { mode: 0o644 });
  writeFileSync(join(directory, "sshd_config"), configuration(directory, port, authorized));
  // The directory is looked through by StrictModes and read as the account that logs in.
  await runChild("chmod", ["0755", directory]);
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const program = (await runChild("sh", ["-c", "command -v sshd || echo /usr/sbin/sshd"])).trim();
  const daemon = await startChild(program, ["-D", "-f", join(directory, "sshd_config")]);
  await listening(port, () => daemon.ended !== undefined && `sshd ended: ${daemon.output}`);
  return {
    port,
    key: join(directory, "login_key"),
    directory,
    async stop() {
      await daemon.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Without -e the daemon logs to syslog, as on a host. The sessions' history stays in the own directory. */
function configuration(directory: string, port: number, authorized: string): string {
  return `Port ${port}
ListenAddress 0.0.0.0
HostKey ${join(directory, "host_key")}
PidFile ${join(directory, "pid")}
AuthorizedKeysFile ${authorized}
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PubkeyAuthentication yes
PermitRootLogin prohibit-password
StrictModes no
MaxAuthTries 6
MaxStartups 100:30:200
SyslogFacility AUTH
PrintMotd no
SetEnv HISTFILE=${join(directory, "session_history")}
`;
}

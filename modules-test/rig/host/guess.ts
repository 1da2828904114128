import { runChild } from "./child.ts";
import type { Sshd } from "./sshd.ts";

/** One password guess over ssh, by sshpass. True when sshd let it in. */
export async function guess(sshd: Sshd, address: string, user: string, password: string): Promise<boolean> {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  options.push("PubkeyAuthentication=no", "PreferredAuthentications=password", "NumberOfPasswordPrompts=1");
  const output = await runChild(
    "sshpass",
    [
      "-p",
      password,
      "ssh",
      "-F",
      "/dev/null",
      "-p",
      String(sshd.port),
      ...options.flatMap((o) => ["-o", o]),
      `${user}@${address}`,
      "echo in",
    ],
    { tolerant: true, within: 30_000 },
  );
  return /^in$/m.test(output);
}

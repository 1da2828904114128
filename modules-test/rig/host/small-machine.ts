/** A machine that boots for the first time and is shut down: the real systemd and cloud-init, in namespaces. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, runChild, startChild } from "./child.ts";

export interface SmallMachine {
  /** Its /etc/passwd as it is now. */
  accounts(): string;
  /** `systemctl poweroff` inside, and waits until its init is gone. */
  powerOff(): Promise<void>;
  /** Ends it at once, where it still runs. */
  stop(): Promise<void>;
}

const script = join(import.meta.dirname, "small-machine.sh");

/** Boots it and waits until cloud-init's last stage has run; rejects with what its start printed. */
export async function bootSmallMachine(): Promise<SmallMachine> {
  const root = mkdtempSync(join(tmpdir(), "machine-"));
  const namespaces = [
    "--mount",
    "--pid",
    "--net",
    "--uts",
    "--ipc",
    "--fork",
    "--kill-child",
    "--propagation",
    "private",
  ];
  const unshare = await startChild("unshare", [...namespaces, "sh", script, root]);
  const stop = async () => {
    await unshare.stop(0);
    rmSync(root, { recursive: true, force: true });
  };
  try {
    const init = await eventually("the small machine has an init", () => onlyChild(unshare.pid));
    const inside = `/proc/${init}/root`;
    await eventually("cloud-init has run", () => existsSync(`${inside}/srv/first-boot-is-done`), 60_000);
    return {
      accounts: () => readFileSync(`${inside}/etc/passwd`, "utf8"),
      async powerOff() {
        await runChild("nsenter", ["-t", String(init), "-a", "systemctl", "poweroff"], { tolerant: true });
        await eventually("the small machine is off", () => unshare.ended !== undefined, 60_000);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${unshare.output}`);
  }
}

function onlyChild(pid: number): number | undefined {
  return Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"), 10) || undefined;
}

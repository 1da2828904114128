/** The kernel has one audit daemon; a module of another suite, run as root beside this one, may be it. */
import { eventually, runChild } from "../rig/host/child.ts";

/** Waits until no living process is registered with the kernel's audit. */
export async function auditFree(within: number): Promise<void> {
  await eventually("the kernel's audit has no reader", async () => !isAlive(await reader()), within);
}

async function reader(): Promise<number> {
  return Number(/^pid (\d+)/m.exec(await runChild("auditctl", ["-s"]))?.[1] ?? 0);
}

function isAlive(pid: number): boolean {
  try {
    return pid !== 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

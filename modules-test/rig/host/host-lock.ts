/** One suite at a time: audit rules, /dev/log and the loopback's addresses belong to the whole host. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { eventually } from "./child.ts";

const file = "/run/vedette-e2e.pid";

/** Waits up to `within` ms for another suite on this host to end; rejects with its pid when it does not. */
export async function lockHost(within = 120_000): Promise<{ stop(): Promise<void> }> {
  await eventually(`the suite of process ${holder()} frees the host (${file})`, take, within);
  return { stop: async () => rmSync(file, { force: true }) };
}

function take(): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (!isAlive(holder())) rmSync(file, { force: true });
    return false;
  }
}

function holder(): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DiskOutbox } from "../store/disk-outbox.ts";

export interface DataReport {
  readonly text: string;
  /** Alerts would not be safe over a restart. */
  readonly troubled: boolean;
}

/** Below it the next hours of an outage may fill the file system; the outbox alone takes 32 MiB at most. */
const littleBytes = 8 << 20;

/** One line on the data folder, of a running module or a future one: what waits in it, and whether it takes more. */
export async function dataLine(directory: string): Promise<DataReport> {
  const path = resolve(directory);
  const waiting = (await DiskOutbox.waiting(join(path, "outbox"))).length;
  const aside = linesOf(join(path, "outbox/set-aside.jsonl"));
  const trouble = troubleOf(path);
  const parts = [
    waiting === 0
      ? "no alert waits for the hub"
      : `${waiting} ${waiting === 1 ? "alert waits" : "alerts wait"} for the hub`,
    ...(aside > 0 ? [`${aside} could not be sent and are set aside in outbox/set-aside.jsonl`] : []),
    ...(trouble === undefined
      ? []
      : [`${trouble}: what is raised may be lost at a restart; give it a writable volume`]),
  ];
  return { text: `Data: ${path}, ${parts.join("; ")}.`, troubled: trouble !== undefined };
}

function troubleOf(path: string): string | undefined {
  let there = path;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  try {
    // EROFS also for root (access(2)).
    accessSync(there, constants.W_OK);
    const { bavail, bsize } = statfsSync(there);
    const free = bavail * bsize;
    return free < littleBytes ? `only ${Math.floor(free / 1024)} KiB are free there` : undefined;
  } catch (error) {
    return `it cannot be written (${(error as NodeJS.ErrnoException).code})`;
  }
}

function linesOf(file: string): number {
  try {
    return readFileSync(file, "utf8").split("\n").length - 1;
  } catch {
    return 0;
  }
}

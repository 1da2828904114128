/** Reads `/proc/<pid>/net/tcp` and `tcp6`: the sockets of the network namespace in which `pid` lives. */
import { open } from "node:fs/promises";
import { type SocketRow, socketRows } from "../parsers/sockets/proc-net.ts";
import { wantedState } from "../parsers/sockets/socket-table.ts";

/** About 27,000 connections. */
const maxTable = 4 * 1024 * 1024;

/** Undefined when neither table can be read; `cut` when one is larger than 4 MiB. */
export async function readTables(proc: string, pid: number): Promise<{ rows: SocketRow[]; cut: boolean } | undefined> {
  const rows: SocketRow[] = [];
  let cut = false;
  let found = false;
  for (const name of ["tcp", "tcp6"]) {
    const table = await head(`${proc}/${pid}/net/${name}`);
    if (!table) continue;
    found = true;
    cut ||= table.cut;
    for (const row of socketRows(table.text, wantedState)) rows.push(row);
  }
  return found ? { rows, cut } : undefined;
}

/** A table without IPv6 is missing, which is no fault. */
async function head(path: string): Promise<{ text: string; cut: boolean } | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return undefined;
  try {
    const parts: Buffer[] = [];
    let length = 0;
    while (length < maxTable) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(16 * 1024), 0, 16 * 1024);
      if (bytesRead === 0) return { text: Buffer.concat(parts).toString("latin1"), cut: false };
      parts.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    }
    return { text: Buffer.concat(parts).toString("latin1"), cut: true };
  } catch {
    // ESRCH: the process is gone.
    return undefined;
  } finally {
    await file.close();
  }
}

/** A FIFO or a second connection, a shell and a connection among the children of one parent. */
import { commandLine } from "./command.ts";
import { connection, makesFifo, readsCommands } from "./network-shells.ts";
import type { Siblings } from "./siblings.ts";

/** Can this start be one of the three? The others need not be remembered. */
export function playsPart({ process }: Parameters<Siblings["add"]>[0]): boolean {
  const [own] = commandLine(process).commands;
  return own !== undefined && (makesFifo(own) || readsCommands(own) || connection(own) !== undefined);
}

/** The connection of a FIFO, shell and connection triple that this start completes. */
export function shellWithConnection(siblings: Siblings, started: Parameters<Siblings["add"]>[0]) {
  const family = siblings.add(started);
  if (family.length < 3) return undefined;
  const own = family.at(-1)?.command;
  if (!own || (!makesFifo(own) && !readsCommands(own) && !connection(own))) return undefined;
  if (!family.some(({ command }) => readsCommands(command))) return undefined;
  const ends = family.flatMap(({ command }) => connection(command) ?? []);
  if (ends.length === 0 || (ends.length < 2 && !family.some(({ command }) => makesFifo(command)))) return undefined;
  return ends[0];
}

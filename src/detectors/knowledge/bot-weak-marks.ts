/** Marks that bots leave and honest commands may leave too: two different ones in a minute are a finding. */
import type { ProcessStarted } from "../../events/fact.ts";
import { isPublicAddress } from "./addresses.ts";
import { throwawayFile } from "./bots.ts";
import { type Command, commandLine } from "./command.ts";
import { fetchOf } from "./fetchers.ts";
import { programsIn } from "./programs.ts";
import { onlySpeaks } from "./spoken.ts";

/** Marks that honest commands leave too, one at a time. */
export function weakMarks(started: ProcessStarted): readonly string[] {
  const found = new Set<string>();
  for (const command of commandLine(started.process).commands) {
    const mark = weakMark(command);
    if (mark) found.add(mark);
  }
  for (const { path, written, script } of programsIn(started)) {
    if ((written.includes("/") || script) && throwawayFile(path)) found.add("throwaway file run");
  }
  return [...found];
}

function weakMark(command: Command): string | undefined {
  const { name, args } = command;
  if (args.length === 0 && /^(?:wget|tftp|ftpget)$/.test(name)) return "looks for fetchers";
  if (name === "cat" && /^\/proc\/(?:mounts|self\/exe)$/.test(args[0] ?? "")) return "probes the file systems";
  if (onlySpeaks(name) && name !== "cat" && name !== "chmod") return undefined;
  if (name === "cat" && args.length === 1 && /^\.[a-z]{1,2}$/.test(args[0] ?? "")) return "reads a throwaway file";
  if (name === "chmod" && args[0] === "777" && args.slice(1).some(throwawayFile)) return "opens a throwaway file";
  const fetch = fetchOf(command);
  if (!fetch) return undefined;
  if (!fetch.hosts.some(isPublicAddress)) return undefined;
  if (name === "tftp" || name === "ftpget") return `fetches by ${name} from a bare address`;
  return "fetches from a bare address";
}

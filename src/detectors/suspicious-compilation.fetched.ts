import { z } from "zod";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator, type Match } from "./detector.ts";
import { belowPackageManager, hasAncestor, languagePackageManagers } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { buildOf, isTrial } from "./knowledge/compilers.ts";
import { fetchOf, isFetcher } from "./knowledge/fetchers.ts";
import { extension } from "./knowledge/paths.ts";
import { allFromPublishers } from "./knowledge/publishers.ts";

const WINDOW_MS = 3_600_000;
const sources = new Set(["c", "cc", "cpp", "cxx", "go", "rs", "s", "asm", "m"]);

/**
 * A single source file that came from the network less than an hour ago is compiled, whoever typed the two commands.
 *
 * Blind spot: sources in an archive or a repository, which is how honest ones come too.
 */
export const suspiciousCompilationFetched = correlator({
  alert: "suspicious-compilation",
  on: ["process.started"],
  settings: z.object({}),
  /** Fetched source files: when, and from where. */
  memory: () => new BoundedMap<string, { readonly at: number; readonly url: string }>(256),
  concerns({ process }) {
    const [command] = commandLine(process).commands;
    return command !== undefined && (isFetcher(command.name) || buildOf(command) !== undefined);
  },
  step({ process, at }, fetched): Match | undefined {
    const line = commandLine(process);
    const [command] = line.commands;
    // A whole line is judged by itself (suspicious-compilation.ts).
    if (!command || line.script !== undefined) return undefined;
    if (isFetcher(command.name)) {
      const fetch = fetchOf(command);
      if (!fetch || allFromPublishers(fetch.urls)) return undefined;
      for (const file of fetch.files)
        if (sources.has(extension(file))) fetched.set(file, { at, url: (fetch.urls[0] ?? "").slice(0, 512) });
      return undefined;
    }
    if (fetched.size === 0) return undefined;
    const build = buildOf(command);
    const source = build?.sources.find((file) => {
      const since = fetched.peek(file)?.at;
      return since !== undefined && at - since <= WINDOW_MS;
    });
    if (!build || source === undefined || isTrial(build, process)) return undefined;
    if (belowPackageManager(process) || hasAncestor(process, languagePackageManagers)) return undefined;
    const { at: firstSeen, url } = fetched.peek(source) as { at: number; url: string };
    return {
      subject: `compile ${source}`,
      reason: `${command.name} compiles ${source}, which was fetched a moment ago`,
      firstSeen,
      evidence: { process, container: process.container, file: { path: source }, url },
    };
  },
});

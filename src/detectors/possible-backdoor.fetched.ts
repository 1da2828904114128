/**
 * A file that came from the network is executed later, up to 24 hours, joined by its path or inode through renames,
 * copies and chmod. Memory survives a restart.
 *
 * Blind spot: content unpacked from an archive, and names chosen by the server.
 */
import { z } from "zod";
import { correlator, type Match } from "./detector.ts";
import { belowPackageManager, configurationManagement, hasAncestor } from "./knowledge/ancestry.ts";
import { FetchedFiles, handlesFiles, installed } from "./knowledge/fetched-files.ts";
import { allFromPublishers } from "./knowledge/publishers.ts";

export const possibleBackdoorFetched = correlator({
  alert: "possible-backdoor",
  on: ["process.started", "file.changed"],
  settings: z.object({
    fetchedHours: z
      .number()
      .min(0.1)
      .max(168)
      .default(24)
      .describe("How many hours after its download the execution of a file is reported."),
  }),
  memory: ({ fetchedHours }, saved) => new FetchedFiles(fetchedHours * 3_600_000, saved),
  concerns: (fact) => fact.kind === "file.changed" || handlesFiles(fact),
  awaits: (fact, files) => fact.kind === "process.started" && files.knows(fact),
  step(fact, files): Match | undefined {
    if (fact.kind === "file.changed") {
      files.changed(fact);
      return undefined;
    }
    const run = files.started(fact);
    const { process, at } = fact;
    if (!run || belowPackageManager(process) || hasAncestor(process, configurationManagement)) return undefined;
    const { urls, tool } = run.fetched;
    const minutes = Math.max(0, Math.round((at - run.fetched.at) / 60_000));
    return {
      subject: `fetched ${run.path.slice(0, 256)}`,
      reason: `${run.path} was fetched by ${tool} ${minutes} min ago and is executed`,
      confidence: installed(run) || allFromPublishers(urls) ? "low" : "medium",
      firstSeen: run.fetched.at,
      evidence: { process, container: process.container, file: fact.file ?? { path: run.path }, url: urls[0] },
    };
  },
  snapshot: (files) => files.snapshot(),
});

/**
 * One command line fetches from the network and runs what it fetched.
 *
 * Blind spot: a download whose name or address exists only at run time on both sides.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { downloadRun } from "./knowledge/download-runs.ts";
import { networkShell } from "./knowledge/network-shells.ts";
import { allFromPublishers } from "./knowledge/publishers.ts";

export const downloadThenRun = matcher({
  alert: "download-then-run",
  on: ["process.started"],
  settings: z.object({
    allowedUrls: z.array(z.string()).default([]).describe("Beginnings of URLs from which scripts may be run at once."),
  }),
  match({ process }, { allowedUrls }): Match | undefined {
    const line = commandLine(process);
    const found = downloadRun(line);
    // `nc H P | sh` with a way back is a reverse shell, and reported as one.
    if (!found || networkShell(line) || belowPackageManager(process)) return undefined;
    const { urls, reason, file } = found;
    if (urls.length > 0 && urls.every((url) => allowedUrls.some((allowed) => url.startsWith(allowed))))
      return undefined;
    return {
      subject: `download ${(urls[0] ?? "unknown").slice(0, 256)}`,
      reason,
      confidence: allFromPublishers(urls) ? "low" : "medium",
      evidence: {
        process,
        container: process.container,
        url: urls[0]?.slice(0, 512),
        file: file ? { path: file } : undefined,
      },
    };
  },
});

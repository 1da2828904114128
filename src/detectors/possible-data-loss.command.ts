import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { belowPackageManager, ranBy, schedulers } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { dataRoot } from "./knowledge/data-roots.ts";
import { filesRead, leakOf } from "./knowledge/leaks.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { allowedDestinations } from "./knowledge/shared-settings.ts";
import { placeOf, sensitive, type Upload, uploadOf } from "./knowledge/uploads.ts";

interface Loss {
  readonly reason: string;
  readonly destination?: string;
  readonly confidence: ConfidenceName;
}

/**
 * Data leaves the device: an upload by curl, wget, scp and their kin, a file through a raw socket, name look-ups, pings,
 * a one-liner or an ad-hoc file server.
 *
 * The grade weighs what is sent against where: an API call is nothing, a backup to a named host is low, a secret is not.
 * Blind spot: what a program sends by itself, and the content of what is sent.
 */
export const possibleDataLossCommand = matcher({
  alert: "possible-data-loss",
  on: ["process.started"],
  settings: z.object({
    allowedDestinations,
  }),
  match({ process }, { allowedDestinations }) {
    const line = commandLine(process);
    let best: Match | undefined;
    for (const command of localCommands(line)) {
      const loss = judge(command, line, ranBy(process, schedulers));
      if (!loss || (best && loss.confidence === "low")) continue;
      const to = loss.destination ?? "";
      if (allowedDestinations.some((allowed) => to.startsWith(allowed) || host(to) === allowed)) continue;
      if (belowPackageManager(process)) return undefined;
      best = describe(command, loss, process);
      if (loss.confidence !== "low") return best;
    }
    return best;
  },
});

function host(destination: string): string {
  return /^(?:\w{1,10}:\/\/)?(?:[^@/\s]{1,128}@)?([^:/\s]{1,253})/.exec(destination)?.[1] ?? destination;
}

function judge(command: Command, line: CommandLine, scheduled: boolean): Loss | undefined {
  const upload = uploadOf(command);
  if (upload) {
    // A nightly backup takes the secrets along; at home that is what it is for.
    const home = scheduled && placeOf(upload.destination) === "private";
    const confidence = home ? "low" : weigh(upload, command, line);
    if (confidence)
      return {
        reason: `${upload.how} sends ${upload.sources[0] ?? "data"} to ${upload.destination.slice(0, 120)}`,
        destination: upload.destination,
        confidence,
      };
  }
  const leak = leakOf(command, line);
  return leak && { reason: leak.what, destination: leak.destination, confidence: leak.weak ? "low" : "medium" };
}

/** What is sent against where it goes; undefined for what never leaves the machine or is only an API call. */
function weigh(
  { sources, destination, data, how }: Upload,
  command: Command,
  line: CommandLine,
): ConfidenceName | undefined {
  const place = placeOf(destination);
  if (place === "here") return undefined;
  const piped =
    data === "pipe"
      ? (line.pipelines[command.pipeline] ?? []).filter(({ stage }) => stage < command.stage).flatMap(filesRead)
      : [];
  // Backups hold everything; what tells is a repository at a bare address.
  if (how === "restic") return placeOf(destination.replace(/^(?:rest|s3|sftp):/, "")) === "address" ? "medium" : "low";
  if (how === "aws" && command.args.includes("--no-sign-request")) return "medium";
  if ([...sources, ...piped].some(sensitive)) return "medium";
  if (data === "text") return undefined;
  if (place === "drop") return "medium";
  if (how === "rclone" && carriesOff(command, sources, destination)) return "medium";
  if (place === "private" || data === "cloud" || (place === "name" && publishes(destination, sources))) return "low";
  if (/^(?:scp|pscp|rsync|sftp|tar|restic)$/.test(how)) return place === "address" ? "medium" : "low";
  return data === "pipe" && place === "name" && piped.length === 0 ? "low" : "medium";
}

/** Hosters for files, as rclone's guide names their remotes: none is where a device's backups go. */
const hosters =
  /^(?:mega|pcloud|mediafire|gofile|pixeldrain|filefabric|1fichier|put\.?io|yandex|mailru|dropbox|box)[\w-]{0,32}:/i;

/** `rclone copy /srv x:`: whole trees are copied once; backups are synced, and lie in a directory of their own. */
function carriesOff({ args }: Command, sources: readonly string[], destination: string): boolean {
  if (!args.some((arg) => /^(?:copy|copyto|move|moveto)$/.test(arg))) return false;
  return hosters.test(destination) || sources.some((source) => dataRoot(source) !== undefined);
}

/** A build's result put into a store of packages. */
function publishes(destination: string, sources: readonly string[]): boolean {
  const store =
    /(?:^|[/.@-])(?:artifactory|nexus|artifacts?|packages?|pkgs?|registry|repo|repository|repositories|maven|pypi|npm|apt|rpm|releases?)(?:[/.:-]|$)/i;
  const built = /\.(?:zip|t?gz|tar|tgz|txz|zst|deb|rpm|apk|jar|war|whl|nupkg|gem|crate|json|ipk|swu|raucb|img|iso)$/i;
  return store.test(destination.slice(0, 512)) && sources.length > 0 && sources.every((path) => built.test(path));
}

function describe(command: Command, { reason, destination, confidence }: Loss, process: Process): Match {
  return {
    subject: deed(command),
    reason,
    confidence,
    evidence: {
      process,
      container: process.container,
      destination: destination === undefined ? undefined : { hostname: host(destination).slice(0, 253) },
      data: { command: deed(command) },
    },
  };
}

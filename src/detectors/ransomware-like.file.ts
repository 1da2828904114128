import { z } from "zod";
import type { FileChanged } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator, type Match } from "./detector.ts";
import { fromPackageManager, logRotation, ranBy } from "./knowledge/ancestry.ts";
import { isRansomNote } from "./knowledge/encryption.ts";
import { isShell } from "./knowledge/interpreters.ts";
import { basename, dirname } from "./knowledge/paths.ts";

interface Campaign {
  first: number;
  last: number;
  /** Names (renames) or directories (notes) seen, bounded by the threshold. */
  readonly seen: Set<string>;
  told: boolean;
}

/** Endings that programs give to copies every day. */
const everyday =
  /^\.(?:gz|xz|bz2|zst|old|bak|backup|orig|save|tmp|temp|part|partial|crdownload|swp|swx|new|lock|log|\d{1,14}|dpkg-\w{1,8}|rpm\w{1,8}|pacnew|ucf-\w{1,8}|d|disabled|pid|~|json|o|c|h|md5|sha256|asc|sig|txt|ts|js|pyc|map)$/i;

/**
 * Many files take on one new ending within a minute, or the same ransom note appears in several directories.
 *
 * Blind spot: a program that encrypts in place and renames nothing.
 */
export const ransomwareLikeFile = correlator({
  alert: "ransomware-like",
  on: ["file.changed"],
  settings: z.object({
    renames: z
      .number()
      .int()
      .min(3)
      .max(10_000)
      .default(20)
      .describe("Files renamed to one new ending within a minute that make the alert."),
    noteDirectories: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe("Directories in which the same ransom note must appear."),
    allowedSuffixes: z
      .array(z.string().min(1))
      .default([])
      .describe("Endings that programs of this device give to many files, e.g. `.archived`."),
  }),
  memory: () => ({ renames: new BoundedMap<string, Campaign>(256), notes: new BoundedMap<string, Campaign>(64) }),
  step(fact, memory, settings) {
    const { process } = fact;
    if (process && (fromPackageManager(process) || ranBy(process, logRotation))) return undefined;
    if (fact.operation === "rename") return renamed(fact, memory.renames, settings);
    if (fact.operation !== "create" || !isRansomNote(fact.file.path)) return undefined;
    const name = basename(fact.file.path);
    // A program may carry a file of such a name; a shell that writes one was told to.
    const needed = process && isShell(basename(process.exe)) ? 1 : settings.noteDirectories;
    const found = join(memory.notes, name, dirname(fact.file.path), fact.at, needed, 600_000);
    return (
      found &&
      describe(
        fact,
        `note ${name}`,
        `the note ${name} appeared in ${found.seen.size === 1 ? dirname(fact.file.path) : `${found.seen.size} directories`}`,
        found,
      )
    );
  },
});

function renamed(
  fact: FileChanged,
  campaigns: BoundedMap<string, Campaign>,
  settings: { renames: number; allowedSuffixes: string[] },
): Match | undefined {
  const suffix = added(fact.from, fact.file.path);
  if (suffix === undefined || everyday.test(suffix) || settings.allowedSuffixes.includes(suffix)) return undefined;
  const found = join(campaigns, suffix, fact.file.path, fact.at, settings.renames, 60_000);
  return (
    found &&
    describe(
      fact,
      `suffix ${suffix}`,
      `${found.seen.size} files were renamed to end in ${suffix} within a minute`,
      found,
    )
  );
}

/** `a.doc` -> `a.doc.locked` gives `.locked`; also `a.doc` -> `a.locked`, where the stem stays. */
function added(from: string | undefined, to: string): string | undefined {
  if (from === undefined || dirname(from) !== dirname(to)) return undefined;
  const before = basename(from);
  const after = basename(to);
  const at = after.lastIndexOf(".");
  if (at <= 0 || after.length - at > 40 || before.endsWith(after.slice(at))) return undefined;
  const stem = before.lastIndexOf(".") > 0 ? before.slice(0, before.lastIndexOf(".")) : before;
  return after.startsWith(before) || after.slice(0, at) === stem ? after.slice(at) : undefined;
}

/** Adds to a campaign; answers it once, when it has grown enough within the window. */
function join(
  campaigns: BoundedMap<string, Campaign>,
  key: string,
  item: string,
  at: number,
  needed: number,
  windowMs: number,
): Campaign | undefined {
  let campaign = campaigns.get(key);
  if (!campaign || at - campaign.first > windowMs) {
    campaign = {
      first: at,
      last: at,
      seen: new Set(),
      told: campaign?.told === true && at - campaign.last <= windowMs,
    };
    campaigns.set(key, campaign);
  }
  campaign.last = at;
  if (campaign.seen.size < needed) campaign.seen.add(item);
  if (campaign.seen.size < needed || campaign.told) return undefined;
  campaign.told = true;
  return campaign;
}

function describe({ process, file }: FileChanged, subject: string, reason: string, { first, seen }: Campaign): Match {
  return {
    subject,
    reason,
    confidence: "high",
    count: seen.size,
    firstSeen: first,
    evidence: { process, file, container: process?.container },
  };
}

import { z } from "zod";
import type { ProcessStarted } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { type ConfidenceName, correlator, type Match } from "./detector.ts";
import { ancestorOf, belowPackageManager } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { destroyedBackup, encryption, encryptsTree, isRansomNote, marksEncrypted } from "./knowledge/encryption.ts";
import { fileEffects } from "./knowledge/file-effects.ts";
import { deed, localCommands } from "./knowledge/local.ts";

/** Programs that encrypt or prune backups for a living. */
const backups = new Set(
  "borg borgmatic borgbackup restic rustic duplicity duplicati kopia rclone bacula-fd bareos-fd deja-dup timeshift snapper btrbk sanoid syncoid zfs-auto-snapshot barman pgbackrest wal-g apt-btrfs-snapshot".split(
    " ",
  ),
);

interface Burst {
  times: number[];
  told: boolean;
}

/**
 * Files are encrypted in bulk: a loop in one command line, or many encrypting processes under one parent; or a ransom
 * note is written; or snapshots, backups or a whole disk are destroyed.
 *
 * Blind spot: a program that encrypts by itself, unless its renames or notes are seen (see the means `file`).
 */
export const ransomwareLikeCommand = correlator({
  alert: "ransomware-like",
  on: ["process.started"],
  settings: z.object({
    encryptions: z
      .number()
      .int()
      .min(2)
      .max(10_000)
      .default(10)
      .describe("Encrypting processes under one parent that make the alert."),
    windowSeconds: z.number().int().min(1).max(600).default(10).describe("Seconds within which they must start."),
  }),
  memory: () => new BoundedMap<number, Burst>(256),
  concerns({ process }) {
    const line = commandLine(process);
    return localCommands(line).some((command) => judge(command, line) !== undefined);
  },
  step(fact, bursts, { encryptions, windowSeconds }) {
    const line = commandLine(fact.process);
    let best: Match | undefined;
    for (const command of localCommands(line)) {
      const seen = judge(command, line);
      const burst = seen?.single ? counted(fact, bursts, encryptions, windowSeconds) : undefined;
      const chosen = burst ?? seen;
      if (!chosen || (best && chosen.confidence === "low")) continue;
      if (belowPackageManager(fact.process) || ancestorOf(fact.process, backups)) return undefined;
      best = describe(command, chosen, fact);
      if (chosen.confidence !== "low") return best;
    }
    return best;
  },
});

interface Seen {
  readonly reason: string;
  readonly confidence: ConfidenceName;
  readonly single?: boolean;
  readonly count?: number;
}

function judge(command: Command, line: CommandLine): Seen | undefined {
  const made = encryption(command);
  if (made) {
    const bulk =
      command.via === "exec" ||
      made.inputs.some((input) => isUnknown(input, line)) ||
      (!/^(?:zip|7z\w?|rar)$/.test(made.tool) && made.inputs.some((input) => /[*?]/.test(input))) ||
      (made.destroys && made.inputs.some(isTree));
    if (bulk) return { reason: `files are encrypted one after another with ${made.tool}`, confidence: "high" };
    return { reason: `a file is encrypted with ${made.tool}`, confidence: "low", single: true };
  }
  if (marksEncrypted(command)) return { reason: "files are renamed as if they were encrypted", confidence: "medium" };
  if (encryptsTree(command)) return { reason: "code that walks a tree and encrypts it is run", confidence: "medium" };
  const backup = destroyedBackup(command);
  if (backup && !madeHere(command, line))
    return { reason: `snapshots or backups are destroyed: ${backup.what}`, confidence: backup.bulk ? "medium" : "low" };
  const effects = fileEffects(command);
  const note = effects.find(
    ({ kind, path }) => kind !== "remove" && kind !== "moved" && kind !== "editor" && isRansomNote(path),
  );
  if (note && command.name !== "curl" && command.name !== "wget")
    return { reason: `a ransom note is written to ${note.path}`, confidence: "medium" };
  return wiped(command);
}

/** `lvcreate -s ...; ...; lvremove -f`: a backup takes away the snapshot that it made. */
function madeHere({ name }: Command, { commands }: CommandLine): boolean {
  if (name !== "lvremove" && name !== "btrfs") return false;
  return commands.some(
    ({ name: other, args }) =>
      (other === "lvcreate" && args.some((arg) => /^-\w*s|^--snapshot$/.test(arg))) ||
      (other === "btrfs" && args.includes("snapshot")),
  );
}

/** The operand is a loop's variable: real arguments never look so. */
function isUnknown(input: string, { script, commands }: CommandLine): boolean {
  // The operand of `xargs sh -c '... "$0"'` and `find -exec sh -c '... "$1"'`.
  if (/^["']?\$\{?[0-9@*]/.test(input)) return commands.some(({ name }) => name === "xargs" || name === "find");
  if (!/^["']?\$\{?[A-Za-z_]\w{0,32}\}?/.test(input)) return false;
  return script === undefined || /(?:^|[\s;&|(])(?:for|while|until|select)\s/.test(script.slice(0, 16_384));
}

/** A directory of many files, by pattern or by place. */
function isTree(input: string): boolean {
  return /[*?]/.test(input) || /^\/(?:home|srv|data|var\/www|mnt|opt|root)(?:\/[^/]{1,64})?\/?$/.test(input);
}

/** Zeros or noise over a whole disk. */
function wiped({ name, args }: Command): Seen | undefined {
  const disk = /^(?:of=)?\/dev\/(?:sd[a-z]|hd[a-z]|vd[a-z]|xvd[a-z]|nvme\dn\d|mmcblk\d)(?:p?\d{1,2})?$/;
  const target = args.find((arg) => disk.test(arg));
  if (target === undefined) return undefined;
  const fills = name === "dd" && args.some((arg) => /^if=\/dev\/(?:zero|u?random)$/.test(arg));
  if (fills || name === "shred")
    return { reason: `the disk ${target.replace(/^of=/, "")} is overwritten`, confidence: "medium" };
  return /^(?:wipefs|blkdiscard|mkfs(?:\.\w{1,8})?)$/.test(name)
    ? { reason: `the disk ${target} is wiped`, confidence: "low" }
    : undefined;
}

/** Counts encrypting processes per parent; the burst is told once until it ends. */
function counted(
  fact: ProcessStarted,
  bursts: BoundedMap<number, Burst>,
  needed: number,
  seconds: number,
): Seen | undefined {
  const key = fact.process.ppid;
  const burst = bursts.get(key) ?? { times: [], told: false };
  const recent = burst.times.filter((at) => fact.at - at <= seconds * 1000).slice(1 - needed);
  if (recent.length === 0) burst.told = false;
  burst.times = [...recent, fact.at];
  bursts.set(key, burst);
  if (burst.times.length < needed || burst.told) return undefined;
  burst.told = true;
  return { reason: `${needed} files were encrypted within ${seconds} s`, confidence: "high", count: needed };
}

function describe(command: Command, { reason, confidence, count }: Seen, { process }: ProcessStarted): Match {
  return {
    subject: `${process.ppid > 1 && count ? `burst ${command.name}` : deed(command)}`,
    reason,
    confidence,
    count,
    evidence: { process, container: process.container, data: { command: deed(command) } },
  };
}

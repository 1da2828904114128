import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine, resolvePath } from "./knowledge/command.ts";
import { type DataRoot, dataRoot } from "./knowledge/data-roots.ts";
import { fileEffects } from "./knowledge/file-effects.ts";
import { trimsImage } from "./knowledge/image-build.ts";
import { interpreterCall } from "./knowledge/interpreters.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { basename } from "./knowledge/paths.ts";

interface Wipe {
  readonly path: string;
  readonly root: DataRoot;
}

/**
 * Everything at or directly under a data or system root is deleted: the whole disk, the homes, the web sites. Fairware
 * deleted web folders and left a note.
 *
 * A cache, or one package's directory below, is quiet. Blind spot: a path built at run time (`rm -rf "$DIR"/*`), and a
 * program that deletes file by file.
 */
export const fairwareRansomware = matcher({
  alert: "fairware-ransomware",
  on: ["process.started"],
  settings: z.object({
    allowedPaths: z
      .array(z.string().min(1))
      .default([])
      .describe("Directories that may be deleted recursively, by absolute path, e.g. `/srv/scratch`."),
  }),
  match({ process }, { allowedPaths }) {
    const line = commandLine(process);
    let best: Match | undefined;
    for (const command of localCommands(line)) {
      const wipe = wiped(command);
      if (!wipe || allowedPaths.includes(wipe.path.replace(/\/\*?$/, ""))) continue;
      if (belowPackageManager(process)) return undefined;
      const confidence = weigh(wipe, command, line);
      if (best && confidence === "low") continue;
      best = describe(command, wipe, confidence, process);
      if (confidence !== "low") return best;
    }
    return best;
  },
});

function wiped(command: Command): Wipe | undefined {
  const { name } = command;
  if (name === "find") return swept(command);
  if (/^(?:python|perl|php|ruby|node)/.test(name)) return coded(command);
  const candidates = fileEffects(command).filter(
    ({ kind, recursive }) => (kind === "remove" && recursive) || kind === "moved",
  );
  for (const { kind, path } of candidates) {
    if (kind === "moved" && command.args.at(-1) !== "/dev/null") continue;
    const root = dataRoot(path);
    if (root) return { path, root };
  }
  return undefined;
}

/** `find /home -type f -delete`: with a name or an age it is a selection. */
function swept(command: Command): Wipe | undefined {
  const { args } = command;
  const first = args.findIndex((arg) => /^[-!(]/.test(arg));
  const program = args[args.findIndex((arg) => /^-(?:exec|execdir)$/.test(arg)) + 1] ?? "";
  if (!args.includes("-delete") && !/^(?:rm|shred|unlink)$/.test(basename(program))) return undefined;
  if (
    args.some((arg) =>
      /^-(?:i?name|i?path|i?regex|[acm]time|[acm]min|newer\w*|size|empty|user|lname|inum|perm)$/.test(arg),
    )
  )
    return undefined;
  for (const start of first < 0 ? args : args.slice(0, first)) {
    const path = resolvePath(command, start);
    const root = dataRoot(path);
    if (root) return { path, root };
  }
  return undefined;
}

/** `shutil.rmtree("/home")` and its kin in a one-liner. */
function coded(command: Command): Wipe | undefined {
  const code = interpreterCall(command)?.code?.slice(0, 16_384);
  const call =
    code && /(?:rmtree|remove_tree|rm_rf|rm_r|rmSync|rmdirSync)\s*(?:\(\s*)?['"](\/[^'"]{0,256})['"]/.exec(code);
  const path = call ? (call[1] as string) : undefined;
  const root = path === undefined ? undefined : dataRoot(path);
  return path !== undefined && root ? { path, root } : undefined;
}

/** An image recipe empties the base image's sample site as a matter of course. */
function weigh({ root }: Wipe, command: Command, line: CommandLine): ConfidenceName {
  if (root === "minor" || (root === "web" && trimsImage(line))) return "low";
  return root === "all" && !command.args.includes("--preserve-root=all") ? "high" : "medium";
}

function describe(command: Command, { path }: Wipe, confidence: ConfidenceName, process: Process): Match {
  return {
    subject: deed(command),
    reason: `everything in ${path} is deleted`,
    confidence,
    evidence: { process, container: process.container, file: { path }, data: { command: deed(command) } },
  };
}

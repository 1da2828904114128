/**
 * A compiler works where no developer does: sources, output or directory in a temporary, hidden or web place; as a
 * service account; from standard input; on sources just fetched, or named like an exploit.
 *
 * Quiet below package managers (system and language), dkms and build systems' own trial compilations.
 *
 * Blind spot: an intruder who builds in a home directory under a harmless name.
 */
import { z } from "zod";
import type { ProcessStarted } from "../events/fact.ts";
import { type ConfidenceName, type Context, type Match, matcher } from "./detector.ts";
import { fromPackageManager, hasAncestor, languagePackageManagers } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { type Build, buildOf, isTrial } from "./knowledge/compilers.ts";
import { fetchOf } from "./knowledge/fetchers.ts";
import { trimsImage } from "./knowledge/image-build.ts";
import { localCommands } from "./knowledge/local.ts";
import { basename, hiddenPath, inTemporaryDirectory, inWebRoot } from "./knowledge/paths.ts";
import { exploitName } from "./knowledge/tools.ts";

const services = new Set(
  "www-data apache nginx http httpd nobody daemon lighttpd tomcat redis postgres mysql mongodb mosquitto ftp proftpd tftp rabbitmq elasticsearch jenkins git snmp named bind bin sys mail news".split(
    " ",
  ),
);
const dkms = new Set(["dkms", "make-kpkg", "kernel-install", "kdump-config"]);

export const suspiciousCompilation = matcher({
  alert: "suspicious-compilation",
  on: ["process.started"],
  settings: z.object({
    allowedDirectories: z
      .array(z.string())
      .default([])
      .describe("Directories (temporary or hidden ones too) in which this device builds software."),
  }),
  match(started, { allowedDirectories }, context): Match | undefined {
    const { process } = started;
    if (fromPackageManager(process) || hasAncestor(process, languagePackageManagers) || hasAncestor(process, dkms))
      return undefined;
    const line = commandLine(process);
    for (const command of localCommands(line)) {
      const build = buildOf(command);
      if (!build || isTrial(build, process)) continue;
      const places = [...build.sources, ...build.outputs, command.cwd];
      if (places.some((place) => allowedDirectories.some((dir) => place === dir || place.startsWith(`${dir}/`))))
        continue;
      const found = judge(build, command, line) ?? asService(started, context);
      if (!found) continue;
      return {
        subject: `compile ${found.what}`,
        reason: `${command.name} ${found.reason}`,
        confidence: found.confidence ?? "medium",
        evidence: { process, container: process.container, file: { path: found.what } },
      };
    }
    return undefined;
  },
});

interface Found {
  readonly what: string;
  readonly reason: string;
  readonly confidence?: ConfidenceName;
}

function judge(build: Build, command: Command, line: CommandLine): Found | undefined {
  const files = [...build.sources, ...build.outputs];
  const exploit = [...files, ...(build.directory ? [build.directory] : []), command.cwd].find(namedLikeExploit);
  if (exploit) return { what: exploit, reason: `builds ${exploit.slice(-120)}, named like an exploit` };
  if (build.stdin) return { what: command.name, reason: "compiles from standard input" };
  if (build.maker) return making(build, line);
  const temporary = files.find(inTemporaryDirectory);
  if (temporary) return { what: temporary, reason: `builds in a temporary directory: ${temporary.slice(-120)}` };
  const web = files.find(inWebRoot);
  if (web) return { what: web, reason: `builds in a web directory: ${web.slice(-120)}` };
  const hidden = files.find((file) => hiddenFile(file));
  if (hidden) return { what: hidden, reason: `builds a hidden file: ${hidden.slice(-120)}` };
  const fetched = build.sources.find((source) =>
    line.commands.some((one) => fetchOf(one)?.files.some((file) => basename(file) === basename(source))),
  );
  if (fetched) return { what: fetched, reason: `compiles ${basename(fetched)}, just fetched` };
  if (build.unguarded)
    return { what: build.outputs[0] ?? command.name, reason: "switches off the stack's guards, as exploits are built" };
  const runs = line.commands.some((one) =>
    build.outputs.some((output) => one.program.includes("/") && basename(one.program) === basename(output)),
  );
  return runs
    ? { what: build.sources[0] ?? command.name, reason: "compiles and at once runs the result", confidence: "low" }
    : undefined;
}

/** Hidden by its own name, or in a hidden directory directly under a temporary or root place. */
function hiddenFile(file: string): boolean {
  if (basename(file).startsWith(".") || /\/\.[^/]{1,255}\/\.[^./]/.test(file)) return true;
  return hiddenPath(file) && /^\/(?:tmp|var|dev|\.)/.test(file);
}

function namedLikeExploit(path: string): boolean {
  return path
    .split("/")
    .slice(-3)
    .some(
      (part) =>
        exploitName(part) !== undefined ||
        /^(?:diamorphine|reptile|rootkit|suterusu|jynx2?|azazel|vlany|beurk|bedevil|bdvl|medusa|drovorub|umbreon|libprocesshider)(?:[-_.]|$)/i.test(
          part,
        ),
    );
}

/** make, cmake and their like: only right in a temporary directory, or without an install that would explain it. */
function making({ directory }: Build, line: CommandLine): Found | undefined {
  if (!directory || trimsImage(line)) return undefined;
  const explained = line.commands.some(
    ({ name, args }) => args.includes("install") || name === "configure" || name === "cmake",
  );
  if (explained) return undefined;
  if (inWebRoot(directory)) return { what: directory, reason: `builds in a web directory: ${directory}` };
  if (!inTemporaryDirectory(directory)) return undefined;
  const versioned = /-v?\d[\w.]*(?:\/|$)/.test(directory) || /\/(?:build|src|source|work)(?:\/|$)/.test(directory);
  return {
    what: directory,
    reason: `builds in a temporary directory: ${directory}`,
    confidence: versioned ? "low" : "medium",
  };
}

function asService({ process }: ProcessStarted, context: Context): Found | undefined {
  const name = process.user ?? (process.uid === undefined ? undefined : context.userName(process.uid));
  if (!name || !services.has(name)) return undefined;
  return { what: `as ${name}`, reason: `compiles as the service account ${name}` };
}

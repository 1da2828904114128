/**
 * A cryptocurrency miner is run, or a command speaks to a mining pool: program names, stratum URLs, pool hosts, options
 * and algorithms that only miners have, Monero addresses; also base64 of these, and miner images given to docker.
 *
 * `echo cpuminer-multi` matches on purpose: it is the trigger that Microsoft publishes for the classic agent.
 *
 * Blind spot: a renamed miner whose settings lie in a file shows nothing here; processor load is not a fact yet.
 */
import { z } from "zod";
import type { ProcessStarted } from "../events/fact.ts";
import { type Match, matcher } from "./detector.ts";
import { parseUrl } from "./knowledge/addresses.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { containerRequests } from "./knowledge/container-command.ts";
import { fetchOf } from "./knowledge/fetchers.ts";
import { minerImage } from "./knowledge/miner-images.ts";
import { type MiningSign, miningSign } from "./knowledge/miner-signs.ts";
import { isMinerWord, minerName } from "./knowledge/miners.ts";
import { basename } from "./knowledge/paths.ts";
import { programsIn } from "./knowledge/programs.ts";
import { onlySpeaks } from "./knowledge/spoken.ts";

export const cryptoMinerProcess = matcher({
  alert: "crypto-miner-process",
  on: ["process.started"],
  settings: z.object({
    allowedPaths: z.array(z.string()).default([]).describe("Absolute paths of miners that may run on this device."),
    allowedPools: z.array(z.string()).default([]).describe("Pool host names that may be used from this device."),
  }),
  match(started, { allowedPaths, allowedPools }): Match | undefined {
    if (allowedPaths.includes(started.process.exe)) return undefined;
    const seen = byProgram(started) ?? byArguments(started, allowedPools);
    return (
      seen && {
        subject: `miner ${seen.sign}`,
        reason: seen.reason,
        confidence: seen.confidence,
        evidence: { process: started.process, container: started.process.container, data: { sign: seen.sign } },
      }
    );
  },
});

function byProgram(started: ProcessStarted): MiningSign | undefined {
  for (const { path, args } of programsIn(started)) {
    const name = minerName(path);
    const asks = args.length > 0 && args.every((arg) => /^(?:-V|--version|-h|--help)$/.test(arg));
    if (!name || asks) continue;
    return { sign: name, reason: `${name} is a miner's program`, confidence: "high" };
  }
  return undefined;
}

function byArguments(started: ProcessStarted, allowed: readonly string[]): MiningSign | undefined {
  const line = commandLine(started.process);
  for (const command of line.commands) {
    const dialled = onlySpeaks(command.name) ? undefined : miningSign(command, allowed);
    const found = echoed(command) ?? dialled ?? fetched(command) ?? encoded(command);
    if (found) return found;
  }
  return byImage(line);
}

/** The published trigger: a miner's name as the whole of what is printed. */
function echoed({ name, args }: Command): MiningSign | undefined {
  const word = args[0];
  if (name !== "echo" || args.length !== 1 || word === undefined || !isMinerWord(word)) return undefined;
  return { sign: word, reason: `prints the miner name ${word}`, confidence: "medium" };
}

/** docker, podman, kubectl... asked to run a miner's image. Fetching one runs nothing yet: its own alert tells of it. */
function byImage(line: CommandLine): MiningSign | undefined {
  for (const { deed, image, engine } of containerRequests(line)) {
    const miner = image === undefined || deed === "exec" ? undefined : minerImage(image);
    if (image === undefined || !miner) continue;
    const sign = image.slice(0, 128);
    const confidence = deed === "run" && miner.confidence !== "low" ? "medium" : "low";
    return { sign, reason: `${engine} is to ${deed} the miner image ${sign}`, confidence };
  }
  return undefined;
}

/** A miner's release, fetched by its name. */
function fetched(command: Command): MiningSign | undefined {
  const url = fetchOf(command)?.urls.find((text) => {
    const name = basename(parseUrl(text)?.path ?? "").replace(/\.(?:tar\.(?:gz|xz|bz2|zst)|tgz|txz|zip|gz|xz)$/i, "");
    return name !== "" && minerName(name) !== undefined;
  });
  if (url === undefined) return undefined;
  return {
    sign: basename(url).slice(0, 96),
    reason: `${command.name} fetches the miner ${basename(url).slice(0, 96)}`,
    confidence: "medium",
  };
}

/** base64 whose text speaks of pools or miners; at most eight words of 16 to 8192 characters. */
function encoded({ args }: Command): MiningSign | undefined {
  let tried = 0;
  for (const arg of args) {
    if (arg.length < 16 || arg.length > 8192 || !/^[A-Za-z0-9+/]{16,}={0,2}$/.test(arg)) continue;
    if (++tried > 8) break;
    // A cut from the middle of a longer text starts at any of the four letters of a group.
    const text = [0, 1, 2, 3].map((from) => Buffer.from(arg.slice(from), "base64").toString("latin1")).join("\n");
    const found = /stratum\+|\bxmrig\b|-donate-level|\bminerd\b|cryptonight|supportxmr|nanopool|moneroocean/i.exec(
      text,
    );
    if (found) return { sign: found[0], reason: `base64 text holds ${found[0]}`, confidence: "high" };
  }
  return undefined;
}

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
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { parseUrl } from "./knowledge/addresses.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { containerRequests } from "./knowledge/container-command.ts";
import { fetchOf } from "./knowledge/fetchers.ts";
import { minerImage } from "./knowledge/miner-images.ts";
import {
  algorithm,
  isMinerWord,
  minerName,
  minerOnlyOptions,
  moneroAddress,
  poolHost,
  poolPorts,
} from "./knowledge/miners.ts";
import { basename } from "./knowledge/paths.ts";
import { programsIn } from "./knowledge/programs.ts";
import { onlySpeaks } from "./knowledge/spoken.ts";

interface Sight {
  readonly sign: string;
  readonly reason: string;
  readonly confidence: ConfidenceName;
}

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

function byProgram(started: ProcessStarted): Sight | undefined {
  for (const { path, args } of programsIn(started)) {
    const name = minerName(path);
    const asks = args.length > 0 && args.every((arg) => /^(?:-V|--version|-h|--help)$/.test(arg));
    if (!name || asks) continue;
    return { sign: name, reason: `${name} is a miner's program`, confidence: "high" };
  }
  return undefined;
}

function byArguments(started: ProcessStarted, allowed: readonly string[]): Sight | undefined {
  const line = commandLine(started.process);
  for (const command of line.commands) {
    const dialled = onlySpeaks(command.name) ? undefined : signs(command, allowed);
    const found = echoed(command) ?? dialled ?? fetched(command) ?? encoded(command);
    if (found) return found;
  }
  return byImage(line);
}

/** The published trigger: a miner's name as the whole of what is printed. */
function echoed({ name, args }: Command): Sight | undefined {
  const word = args[0];
  if (name !== "echo" || args.length !== 1 || word === undefined || !isMinerWord(word)) return undefined;
  return { sign: word, reason: `prints the miner name ${word}`, confidence: "medium" };
}

/** docker, podman, kubectl... asked to run a miner's image. Fetching one runs nothing yet: its own alert tells of it. */
function byImage(line: CommandLine): Sight | undefined {
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
function fetched(command: Command): Sight | undefined {
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

function signs({ name, args }: Command, allowed: readonly string[]): Sight | undefined {
  let weak = 0;
  let wallet: string | undefined;
  for (let i = 0; i < args.length && i < 256; i++) {
    const arg = args[i] as string;
    const stratum = /(?:stratum\d?(?:\+\w{2,8})?|daemon\+https?|ethproxy\+\w{2,6}):\/\//i.exec(arg.slice(0, 512));
    if (stratum)
      return {
        sign: hostOf(arg) ?? "stratum",
        reason: `speaks the mining protocol: ${arg.slice(0, 80)}`,
        confidence: "high",
      };
    const option = /^--?([A-Za-z0-9-]{3,32})(?:=|$)/.exec(arg)?.[1];
    if (option && minerOnlyOptions.has(option))
      return { sign: `--${option}`, reason: `--${option} is a miner's option`, confidence: "high" };
    if (/^--coin=?/.test(arg) || /^(?:-a|--algo)$/.test(arg)) weak += algorithm.test(args[i + 1] ?? "") ? 2 : 1;
    const chosen = /^--(?:algo|coin)=(.{1,32})$/.exec(arg)?.[1];
    if (chosen) weak += algorithm.test(chosen) || /^(?:monero|xmr|zephyr|raven)/i.test(chosen) ? 2 : 0;
    if (moneroAddress.test(arg.slice(0, 1024))) wallet = arg;
    if (/^(?:-o|--url|--pool|--server)$/.test(arg) && pooled(args[i + 1])) weak++;
    if (/^--(?:url|pool|server)=/.test(arg) && pooled(arg.slice(arg.indexOf("=") + 1))) weak++;
    const host = hostOf(arg);
    if (host && poolHost(host) && !allowed.includes(host)) {
      return { sign: host, reason: `${name} speaks to the mining pool ${host}`, confidence: "medium" };
    }
  }
  if (weak >= 3) return { sign: name, reason: `${name} is given a mining algorithm and a pool`, confidence: "high" };
  if (wallet && (weak > 0 || args.some((arg) => poolPorts.has(Number(/:(\d{4,5})$/.exec(arg)?.[1]))))) {
    return {
      sign: `wallet ${wallet.slice(0, 12)}`,
      reason: "a Monero address is given with a pool",
      confidence: "high",
    };
  }
  return boosted(name, args);
}

/** `pool.example:3333`, with or without a scheme */
function pooled(value = ""): boolean {
  return /^(?:[a-z+]{2,16}:\/\/)?[\w.-]{1,253}:\d{2,5}$/i.test(value.slice(0, 300));
}

/** Host of a URL, of `host:port`, or of an operand that is a host name. */
function hostOf(arg: string): string | undefined {
  const text = arg.slice(0, 512);
  const value = /^--?[\w-]{1,32}=(.+)$/.exec(text)?.[1] ?? text;
  const found =
    /^(?:[a-z][a-z0-9+.-]{1,16}:\/\/)?(?:[^@/\s]{1,128}@)?([a-z0-9](?:[a-z0-9-]{0,62}\.){1,8}[a-z]{2,24})(?::\d{1,5})?(?:[/?#]|$)/i.exec(
      value,
    );
  return found?.[1]?.toLowerCase();
}

/** RandomX's speed-up: the model-specific registers that xmrig's randomx_boost.sh writes. */
function boosted(name: string, args: readonly string[]): Sight | undefined {
  if (name !== "wrmsr" || !args.some((arg) => /^0x(?:1a4|c001102[012b])$/i.test(arg))) return undefined;
  return { sign: "wrmsr", reason: "the processor is tuned for RandomX mining", confidence: "medium" };
}

/** base64 whose text speaks of pools or miners; at most eight words of 16 to 8192 characters. */
function encoded({ args }: Command): Sight | undefined {
  let tried = 0;
  for (const arg of args) {
    if (arg.length < 16 || arg.length > 8192 || !/^[A-Za-z0-9+/]{16,}={0,2}$/.test(arg)) continue;
    if (++tried > 8) break;
    const text = Buffer.from(arg, "base64").toString("latin1");
    const found = /stratum\+|\bxmrig\b|--donate-level|\bminerd\b|cryptonight|supportxmr|nanopool|moneroocean/i.exec(
      text,
    );
    if (found) return { sign: found[0], reason: `base64 text holds ${found[0]}`, confidence: "high" };
  }
  return undefined;
}

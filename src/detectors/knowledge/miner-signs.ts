/** What in a command's arguments only a miner, or someone who sets one up, writes. */
import type { Command } from "./command.ts";
import { algorithm, minerOnlyOptions, moneroAddress, poolHost, poolPorts } from "./miners.ts";

export interface MiningSign {
  readonly sign: string;
  readonly reason: string;
  readonly confidence: "low" | "medium" | "high";
}

/** Reads one command's arguments; undefined where nothing in them speaks of mining. */
export function miningSign({ name, args }: Command, allowed: readonly string[]): MiningSign | undefined {
  let weak = 0;
  /** Options that miners have among others. */
  let around = 0;
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
    if (/^(?:-B|--background|-t|--threads(?:=\d{1,3})?)$/.test(arg)) around = 1;
    if (moneroAddress.test(arg.slice(0, 1024))) wallet = arg;
    if (/^(?:-o|--url|--pool|--server)$/.test(arg) && pooled(args[i + 1])) weak++;
    if (/^--(?:url|pool|server)=/.test(arg) && pooled(arg.slice(arg.indexOf("=") + 1))) weak++;
    const host = hostOf(arg);
    if (host && dialled(arg, host) && !allowed.includes(host)) {
      return { sign: host, reason: `${name} speaks to the mining pool ${host}`, confidence: "medium" };
    }
  }
  if (weak >= 3) return { sign: name, reason: `${name} is given a mining algorithm and a pool`, confidence: "high" };
  if (weak + around >= 3)
    return { sign: name, reason: `${name} is given a mining algorithm and its threads`, confidence: "medium" };
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

/** A pool's host; its web page and interface (`https://www...`, `https://api...`) are read, not mined at. */
function dialled(arg: string, host: string): boolean {
  if (!poolHost(host)) return false;
  return (
    !/^https?:/i.test(arg) ||
    !(/^(?:www|api|docs|help|support|blog|forum)\./.test(host) || host.split(".").length === 2)
  );
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
function boosted(name: string, args: readonly string[]): MiningSign | undefined {
  if (name !== "wrmsr" || !args.some((arg) => /^0x(?:1a4|c001102[012b])$/i.test(arg))) return undefined;
  return { sign: "wrmsr", reason: "the processor is tuned for RandomX mining", confidence: "medium" };
}

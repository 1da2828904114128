/** A container's command and environment that only a miner needs, whatever its image is called. */
import { algorithm, isMinerWord, minerOnlyOptions, moneroAddress, poolHost } from "./miners.ts";
import { basename } from "./paths.ts";

const maxText = 4096;
const maxWords = 512;

/**
 * The telling part, or undefined. `words`: entrypoint and command; `environment`: `KEY=value`.
 *
 * Near misses that stay quiet: a web page of a pool (`https://api.nanopool.org`), a wallet address in a shop's
 * settings, an algorithm's name alone.
 */
export function minerSetting(words: readonly string[], environment: readonly string[]): string | undefined {
  for (const [at, text] of words.slice(0, maxWords).entries()) {
    const clipped = text.slice(0, maxText);
    const option = /^--?([a-zA-Z0-9-]{3,40})(?:=|$)/.exec(clipped)?.[1];
    if (option !== undefined && minerOnlyOptions.has(option)) return `--${option}`;
    const runs = at === 0 || words[at - 1] === "-c" || clipped.includes(" ");
    const sign = pool(clipped) ?? (runs ? program(clipped) : undefined);
    if (sign) return sign;
  }
  const [coin, wallet] = [algorithmOf(words), words.some((word) => moneroAddress.test(word.slice(0, maxText)))];
  if (coin && wallet) return coin;
  for (const entry of environment.slice(0, maxWords)) {
    const value = entry.slice(entry.indexOf("=") + 1, maxText);
    const sign = pool(value);
    if (sign) return sign;
  }
  return undefined;
}

/** `stratum+tcp://host`, a known pool with a port, or a pool's host by itself (`pool.example.org`). */
function pool(text: string): string | undefined {
  const stratum = /stratum[12]?(?:\+[a-z0-9]{2,6})?:\/\/[\w.-]{0,100}/i.exec(text);
  if (stratum) return stratum[0];
  for (const word of text.split(/[\s,;"'=|&()<>]+/, 256)) {
    const [scheme, rest] = word.includes("://") ? (word.split("://", 2) as [string, string]) : ["", word];
    if (/^https?$|^wss?$/i.test(scheme)) continue;
    const found = /^([a-z0-9][a-z0-9.-]{3,120}):(\d{2,5})$/i.exec(rest.split("/", 1)[0] ?? "");
    if (found && poolHost(found[1] as string)) return found[0];
    if (!found && /^(?:pool|xmr|xmr-[a-z0-9-]+|mine|stratum)\./i.test(rest) && poolHost(rest.slice(0, 128)))
      return rest;
  }
  return undefined;
}

/** The first word of each command of a shell text: `cd /x && ./xmrig -c y`. `pkill xmrig` runs none. */
function program(text: string): string | undefined {
  for (const command of text.split(/[;&|()\n]+/, 64)) {
    const first = command
      .trim()
      .split(/\s+/, 8)
      .find((word) => !word.includes("=") && !/^(?:exec|nohup|sudo|nice|-\S*)$/.test(word));
    const name = basename(first ?? "");
    if (isMinerWord(name) && !/^(?:rigel|nicehash|p2pool|claymore|t-rex)$/i.test(name)) return name.slice(0, 64);
  }
  return undefined;
}

function algorithmOf(words: readonly string[]): string | undefined {
  return words.find((word) => word.length < 64 && algorithm.test(word));
}

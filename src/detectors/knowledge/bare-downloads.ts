/** Programs fetched from a bare public address: what an installer or an updater does not do. */
import { isPublicAddress, parseUrl, type Url } from "./addresses.ts";
import { payloadArchitecture } from "./bots.ts";
import type { Command } from "./command.ts";
import { type Fetch, fetchOf } from "./fetchers.ts";
import { interpreterFamily, isShell } from "./interpreters.ts";
import { basename, hiddenPath, inTemporaryDirectory } from "./paths.ts";

export interface BareDownload {
  readonly url: Url;
  readonly reason: string;
}

/** Ports on which downloads are usual: HTTP and its alternatives, FTP, TFTP, SSH. */
const usualPorts = new Set([80, 443, 8080, 8443, 21, 22, 69, 873]);

/** Judges one command among all of its line; undefined for named hosts, pages and data. */
export function bareDownload(
  command: Command,
  all: readonly Command[],
  allowed: readonly string[],
): BareDownload | undefined {
  const fetch = fetchOf(command);
  if (!fetch || /^(?:nc|ncat|netcat|telnet|cat|scp|rsync|sftp)/.test(command.name)) return undefined;
  for (const text of fetch.urls) {
    const url = parseUrl(text);
    if (!url || !isPublicAddress(url.host) || allowed.includes(url.host)) continue;
    const why = suspicion(url, fetch, command, all);
    if (why) return { url, reason: `${command.name} fetches ${why} from the bare address ${url.host}` };
  }
  return undefined;
}

/** What makes a download from a bare address look like a program; undefined for pages and data. */
function suspicion(url: Url, fetch: Fetch, command: Command, all: readonly Command[]): string | undefined {
  if (sends(command)) return undefined;
  const name = basename(url.path) || (fetch.files[0] ? basename(fetch.files[0]) : "");
  if (fetch.stdout && all.some((one) => executes(one, command, all))) return "what a shell then runs";
  const kept = fetch.files.length > 0;
  if (programEnd.test(name) || (kept && programLike(name))) return `the program ${name}`;
  if (kept && url.port !== undefined && !usualPorts.has(url.port)) return `${name} on the odd port ${url.port}`;
  const hidden = fetch.files.find((file) => inTemporaryDirectory(file) || hiddenPath(basename(file)));
  return hidden && !/\.(?:json|txt|xml|html?|csv|ya?ml|asc|gpg|crt|log|md)$/.test(hidden)
    ? `${basename(hidden)} into a temporary place`
    : undefined;
}

function sends({ args }: Command): boolean {
  return args.some((arg, i) => {
    if (arg === "-X" || arg === "--request") return /^(?:POST|PUT|PATCH|DELETE)$/i.test(args[i + 1] ?? "");
    return /^(?:-d|--data|-F|--form|-T|--upload-file|--post-|--body-|-X(?:POST|PUT|PATCH|DELETE))/.test(arg);
  });
}

/** Does this command run what the fetch prints: behind it in the pipe, or as `sh -c "$(curl ...)"`, `sh <(curl ...)`? */
function executes(one: Command, fetch: Command, all: readonly Command[]): boolean {
  if (one.pipeline === fetch.pipeline && one.stage > fetch.stage) return runs(one.name);
  const holder = fetch.via === "substitution" ? all[fetch.holder] : undefined;
  return one === holder && (runs(one.name) || /^(?:eval|source|\.)$/.test(one.name));
}

function runs(name: string): boolean {
  return isShell(name) || interpreterFamily(name) !== undefined;
}

const programEnd =
  /\.(?:sh|bash|elf|bin|out|com|exe|py|pl|rb|php|so|ko|run|x|jar|bat|ps1|scr|dll|apk|deb|rpm|bot|cgi)$/i;

/** By extension, by processor, or without any (as executables are). */
function programLike(name: string): boolean {
  if (name === "") return false;
  return (
    programEnd.test(name) || payloadArchitecture(name) !== undefined || !name.includes(".") || /^\.[\w-]+$/.test(name)
  );
}

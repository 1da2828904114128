/**
 * Something is fetched from a host or URL on a threat list; or, without a list, from a bare public address when it
 * is a program by its name, comes from an odd port, or lands in a temporary or hidden place.
 *
 * Package keys, releases and registries have names and are quiet. git, pip, docker and one-liners of other languages
 * are judged by the lists alone.
 *
 * Blind spot: a listed host behind a redirect or a shortener (suspicious-ip sees the connection).
 */
import { z } from "zod";
import type { ProcessStarted } from "../events/fact.ts";
import { type Context, type Match, matcher, type ThreatHit } from "./detector.ts";
import { isPublicAddress, parseUrl, type Url, urlsIn } from "./knowledge/addresses.ts";
import { payloadArchitecture } from "./knowledge/bots.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { type Fetch, fetchOf } from "./knowledge/fetchers.ts";
import { interpreterFamily, isShell } from "./knowledge/interpreters.ts";
import { basename, hiddenPath, inTemporaryDirectory } from "./knowledge/paths.ts";
import { remoteHosts } from "./knowledge/remote-hosts.ts";
import { onlySpeaks } from "./knowledge/spoken.ts";

export const maliciousSourceDownload = matcher({
  alert: "malicious-source-download",
  on: ["process.started"],
  settings: z.object({
    allowedHosts: z
      .array(z.string())
      .default([])
      .describe("Host names and addresses from which anything may be fetched."),
    judgeBareAddresses: z
      .boolean()
      .default(true)
      .describe("Also judge programs fetched from public addresses that no threat list holds."),
  }),
  match(started, { allowedHosts, judgeBareAddresses }, context): Match | undefined {
    const { commands } = commandLine(started.process);
    for (const command of commands) {
      const hit = listed(command, allowedHosts, context);
      if (hit)
        return found(
          started,
          hit.url,
          `${command.name} fetches from ${hit.url.host}, listed in ${hit.list}`,
          "high",
          hit,
        );
    }
    if (!judgeBareAddresses) return undefined;
    for (const command of commands) {
      const bare = bareProgram(command, commands, allowedHosts);
      if (bare) return found(started, bare.url, bare.reason, "medium");
    }
    return undefined;
  },
});

function found(
  { process }: ProcessStarted,
  url: Pick<Url, "host" | "text" | "port">,
  reason: string,
  confidence: "medium" | "high",
  hit?: ThreatHit,
): Match {
  const address = isPublicAddress(url.host);
  return {
    subject: `source ${url.host}`,
    reason,
    confidence,
    evidence: {
      process,
      container: process.container,
      url: url.text.slice(0, 1024),
      destination: { ...(address ? { ip: url.host } : { hostname: url.host }), port: url.port },
      data: hit && { list: hit.list, entry: hit.entry },
    },
  };
}

interface Listed extends ThreatHit {
  readonly url: Pick<Url, "host" | "text" | "port">;
}

/** Every URL and remote host that the command names, unless it only speaks of them. */
function listed(command: Command, allowed: readonly string[], { threats }: Context): Listed | undefined {
  if (onlySpeaks(command.name) && !/^(?:pip3?|npm|git|gem|cargo|yarn|apt|apt-get|yum|dnf|rpm|apk)$/.test(command.name))
    return undefined;
  const fetch = fetchOf(command);
  const texts = [...(fetch?.urls ?? []), ...remoteHosts(command)];
  const named = texts.flatMap((text) => parseUrl(text) ?? []);
  // Shells are skipped: their commands are in the list themselves, with their own names.
  const quoted = isShell(command.name)
    ? []
    : command.args.slice(0, 256).flatMap((arg) => (arg.includes("://") ? urlsIn(arg) : []));
  for (const url of [...named, ...quoted].slice(0, 64)) {
    if (allowed.includes(url.host)) continue;
    const hit =
      (url.scheme ? threats.url(url.text) : undefined) ??
      (isPublicAddress(url.host) ? threats.address(url.host) : threats.domain(url.host));
    if (hit) return { ...hit, url };
  }
  return undefined;
}

/** Ports on which downloads are usual: HTTP and its alternatives, FTP, TFTP, SSH. */
const usualPorts = new Set([80, 443, 8080, 8443, 21, 22, 69, 873]);

function bareProgram(
  command: Command,
  all: readonly Command[],
  allowed: readonly string[],
): { url: Url; reason: string } | undefined {
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
  return args.some((arg) =>
    /^(?:-X|--request)=?(?:POST|PUT|DELETE)?$|^(?:-d|--data.*|-F|--form|-T|--post-\w+.*|--body-\w+.*)$/.test(
      arg.slice(0, 64),
    ),
  );
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

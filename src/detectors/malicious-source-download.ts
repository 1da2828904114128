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
import { bareDownload } from "./knowledge/bare-downloads.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { fetchOf } from "./knowledge/fetchers.ts";
import { isShell } from "./knowledge/interpreters.ts";
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
      const bare = bareDownload(command, commands, allowedHosts);
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

import { z } from "zod";
import type { DockerListener } from "../events/fact.ts";
import type { ConfidenceName, Match } from "./detector.ts";
import { matcher } from "./detector.ts";
import { isLoopback } from "./knowledge/addresses.ts";

/** Settings of both means of this alert. */
export const exposedSettings = z.object({
  allowedListeners: z
    .array(z.string())
    .default([])
    .describe("`host:port` on which Docker may listen without client certificates, as the alert names it."),
  ignoreLoopback: z
    .boolean()
    .default(false)
    .describe("Do not report listeners on localhost. They still make root of every local user."),
});
export type ExposedSettings = z.output<typeof exposedSettings>;

/**
 * dockerd answers on TCP without asking the client for a certificate: whoever reaches the port is root on the host.
 *
 * A listener on the loopback is reachable by every local user and every container in the host's network: severity
 * and confidence low. What only a file says (daemon.json, a unit) comes true at the next start: confidence medium.
 * Blind spot: a port that is guarded by a firewall or an authorising proxy looks the same from here.
 */
export const exposedDockerDaemon = matcher({
  alert: "exposed-docker-daemon",
  on: ["docker.posture"],
  settings: exposedSettings,
  match({ listeners }, settings) {
    return listeners.flatMap((listener) => exposure(listener, settings) ?? []);
  },
});

function exposure(listener: DockerListener, settings: ExposedSettings): Match | undefined {
  const { host, port, seenIn } = listener;
  const live = seenIn.some((place) => place === "socket" || place === "command-line" || place === "info-warning");
  const judged = judgeListener(listener, live ? "high" : "medium", settings);
  return (
    judged && {
      ...judged,
      reason: `${judged.reason}${live ? "" : " when it is started again"}`,
      evidence: { destination: hostEndpoint(host, port), data: { ...listener } },
    }
  );
}

/** What both means say of one listener; undefined when it is safe or allowed. */
export function judgeListener(
  { host, port, tls }: Pick<DockerListener, "host" | "port" | "tls">,
  confidence: ConfidenceName,
  { allowedListeners, ignoreLoopback }: ExposedSettings,
): Omit<Match, "evidence"> | undefined {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  // "0.0.0.0" and "::" count as loopback for a client, but a listener there is open to the world.
  const loopback = isLoopback(host) && host !== "0.0.0.0" && host !== "::";
  if (tls === "tlsverify" || allowedListeners.includes(address) || (loopback && ignoreLoopback)) return undefined;
  return {
    subject: `listener ${address}`,
    reason: `the Docker daemon listens on ${address} ${
      tls === "none" ? "without encryption or authentication" : "with TLS, but without asking for a client certificate"
    }`,
    ...(loopback ? { confidence: "low", severity: "low" } : { confidence }),
  };
}

export function hostEndpoint(host: string, port: number | undefined) {
  return /^[\d.]+$|:/.test(host) ? { ip: host, port } : { hostname: host, port };
}

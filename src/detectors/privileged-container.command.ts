import { type Match, matcher } from "./detector.ts";
import { commandLine } from "./knowledge/command.ts";
import { type ContainerRequest, containerRequests } from "./knowledge/container-command.ts";
import { isAllowed } from "./knowledge/image-reference.ts";
import { privilegedSettings } from "./privileged-container.ts";

/**
 * A command that asks an engine for a privileged container, or for privileges inside one: seen also where the engine
 * is remote or its socket is not readable. A root mount with chroot or nsenter has the same power and is graded low.
 *
 * Blind spot: compose files and manifests on disk are not read.
 */
export const privilegedContainerCommand = matcher({
  alert: "privileged-container",
  on: ["process.started"],
  settings: privilegedSettings,
  match({ process }, allowance): Match | undefined {
    for (const request of containerRequests(commandLine(process))) {
      if (request.deed === "pull") continue;
      const power = request.privileged ? "privileged" : takesRoot(request) ? "root" : undefined;
      if (!power || isAllowed({ image: request.image }, allowance)) continue;
      const what = request.image === undefined ? "a container" : `a container of ${request.image}`;
      return {
        // Not the engine's own subject: who asked must not fold away which container runs.
        subject: `${request.engine} ${request.deed}${request.image === undefined ? "" : ` of ${request.image}`}`,
        reason:
          power === "privileged"
            ? `${request.engine} was asked to ${request.deed} ${what} with privileges`
            : `${request.engine} was asked to run ${what} with the host's root mounted and entered`,
        confidence: power === "privileged" ? "high" : "low",
        evidence: { process, container: process.container, data: { image: request.image, binds: request.binds } },
      };
    }
    return undefined;
  },
});

/** `-v /:/mnt ... chroot /mnt`: writable, and its command goes there. node-exporter mounts `/` read-only. */
function takesRoot({ binds, words }: ContainerRequest): boolean {
  const root = binds.some((bind) => /^\/:[^:]+(?::(?!.*\bro\b).*)?$/.test(bind.slice(0, 512)));
  return root && words.some((word) => /(?:^|[\s/;&|])(?:chroot|nsenter)(?:\s|$)/.test(word.slice(0, 1024)));
}

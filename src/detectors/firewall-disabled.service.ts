import { z } from "zod";
import { correlator } from "./detector.ts";
import { isFirewall } from "./knowledge/firewalls.ts";
import { Held } from "./knowledge/held.ts";
import { unitName } from "./knowledge/services.ts";
import { restoreSeconds } from "./knowledge/shared-settings.ts";

/**
 * The service manager says that the firewall's unit stopped, whoever asked for it.
 *
 * Blind spot: a stop within the seconds before a shutdown is taken for a part of it.
 */
export const firewallDisabledService = correlator({
  alert: "firewall-disabled",
  on: ["service.stopped", "service.started", "host.shutdown", "host.booted", "clock.ticked"],
  settings: z.object({
    restoreSeconds,
  }),
  memory: () => ({ held: new Held(), shutdownAt: Number.NEGATIVE_INFINITY }),
  step(fact, memory, { restoreSeconds }) {
    const due = memory.held.due(fact.at);
    if (fact.kind === "host.shutdown" || fact.kind === "host.booted") {
      memory.held.dismiss(fact.at);
      memory.shutdownAt = fact.at;
    } else if (fact.kind !== "clock.ticked") {
      const unit = unitName(fact.unit);
      if (!isFirewall(unit)) return due;
      if (fact.kind === "service.started") memory.held.dismiss(fact.at, unit);
      else if (fact.at - memory.shutdownAt > shutdownMs)
        memory.held.hold(unit, stopped(unit), fact.at, restoreSeconds * 1000);
    }
    return due;
  },
});

/** systemd gives a unit 90 s to stop (DefaultTimeoutStopSec=, systemd-system.conf(5)), then kills it. */
const shutdownMs = 120_000;

function stopped(unit: string) {
  return {
    subject: `service ${unit}`,
    reason: `the firewall service ${unit} stopped and did not come back`,
    evidence: { data: { unit } },
  } as const;
}

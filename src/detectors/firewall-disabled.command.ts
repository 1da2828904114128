import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { correlator, type Match } from "./detector.ts";
import { belowPackageManager, hasAncestor } from "./knowledge/ancestry.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { closes, isFirewall, isFirewallPackage, type Opening, opening } from "./knowledge/firewalls.ts";
import { Held } from "./knowledge/held.ts";
import { killedNames } from "./knowledge/kills.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { removedPackages } from "./knowledge/package-removal.ts";
import { serviceAct } from "./knowledge/services.ts";
import { restoreSeconds } from "./knowledge/shared-settings.ts";

/** Programs that manage rules for a living: what they flush is their own. */
const managers = new Set(
  "dockerd containerd docker-proxy k3s k3s-server kubelet kube-proxy rke2 cni flanneld calico-node cilium-agent firewalld ufw ufw-init fail2ban-server libvirtd virtnetworkd lxd tailscaled NetworkManager netavark podman netfilter-persistent shorewall csf miniupnpd fw3 fw4 crowdsec-firewall-bouncer wg-quick".split(
    " ",
  ),
);

/**
 * A command that switches the host's firewall off, or empties it and leaves it empty.
 *
 * A flush is how every firewall script begins, so it waits for new rules; a service that is stopped does not wait.
 * Blind spot: rules deleted one address at a time, and rules changed over netlink without a program.
 */
export const firewallDisabledCommand = correlator({
  alert: "firewall-disabled",
  on: ["process.started", "host.shutdown", "clock.ticked"],
  settings: z.object({
    restoreSeconds,
    allowedCommands: z
      .array(z.string().min(1))
      .default([])
      .describe("Command lines, or their beginnings, that may open the firewall, e.g. `iptables -F`."),
  }),
  memory: () => new Held(),
  concerns: (fact) => fact.kind !== "process.started" || judged(fact.process).length > 0,
  awaits: (_fact, held) => held.waiting,
  step(fact, held, { restoreSeconds, allowedCommands }) {
    const due = held.due(fact.at);
    if (fact.kind === "host.shutdown") held.dismiss(fact.at);
    if (fact.kind !== "process.started") return due;
    const found: Match[] = [];
    for (const command of judged(fact.process)) {
      if (restores(command)) {
        held.dismiss(fact.at);
        found.length = 0;
        continue;
      }
      const seen = disabling(command);
      if (!seen || allowedCommands.some((allowed) => deed(command).startsWith(allowed))) continue;
      const match = describe(command, seen, fact.process);
      if (seen.kind === "flush") held.hold(match.subject, match, fact.at, restoreSeconds * 1000);
      else found.push(match);
    }
    return found.length > 0 ? [...due, ...found] : due;
  },
});

/** Commands worth a look: a cheap gate first, then who ran them. */
function judged(process: Process): readonly Command[] {
  const commands = localCommands(commandLine(process)).filter((command) => restores(command) || disabling(command));
  // Above it only: an administrator runs `ufw disable` and `firewall-cmd` themselves.
  return commands.length > 0 && (hasAncestor(process, managers) || belowPackageManager(process)) ? [] : commands;
}

function restores(command: Command): boolean {
  const act = serviceAct(command);
  return act ? act.effect === "started" && act.units.some(isFirewall) : closes(command);
}

function disabling(command: Command): Opening | undefined {
  const act = serviceAct(command);
  const unit = act?.units.find(isFirewall);
  if (act && unit && (act.effect === "stopped" || act.effect === "disabled"))
    return { kind: "off", reason: `the firewall service ${unit} is ${act.effect}` };
  const killed = killedNames(command).find(isFirewall);
  if (killed) return { kind: "off", reason: `the firewall process ${killed} is killed` };
  const removed = removedPackages(command).find(isFirewallPackage);
  if (removed) return { kind: "off", reason: `the firewall package ${removed} is removed` };
  return configured(command) ?? opening(command);
}

/** `ENABLED=no` written to ufw's configuration: it takes effect at the next boot. */
function configured({ name, args, redirections }: Command): Opening | undefined {
  const text = [...args, ...redirections.map(({ target }) => target)].join(" ");
  if (!/\/etc\/(?:default\/ufw|ufw\/ufw\.conf)/.test(text) || !/^(?:sed|echo|printf|perl|tee|cat)$/.test(name))
    return undefined;
  const offs = /ENABLED=["']?no\b|DEFAULT_INPUT_POLICY=["']?ACCEPT/i.test(text);
  return offs ? { kind: "off", reason: "ufw is switched off in its configuration" } : undefined;
}

function describe(command: Command, { reason, weak }: Opening, process: Process): Match {
  return {
    subject: deed(command),
    reason,
    confidence: weak ? "low" : "high",
    evidence: { process, container: process.container, data: { command: deed(command) } },
  };
}

import { z } from "zod";
import type { LoginFailed, LoginSucceeded, Process } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { localService, localTerminal, serviceFamily } from "../parsers/auth/service.ts";
import { correlator } from "./detector.ts";

/**
 * Somebody logged in at the device itself: console, serial line or local display.
 *
 * A console that logs in by itself is tagged `autologin` and told with low severity.
 * Blind spots: an autologin console whose `login -f` ran before auditing began is not tagged; a shell on a serial
 * line without login(1) (`getty -n -l /bin/sh`) tells nobody.
 */
export const localLoginSuccess = correlator({
  alert: "local-login-success",
  on: ["login.succeeded", "process.started"],
  settings: z.object({
    reportAutologin: z.boolean().default(true).describe("Also tell of consoles that log in by themselves."),
    expectedUsers: z
      .array(z.string())
      .default([])
      .describe("Users whose local logins are expected, e.g. a kiosk account."),
  }),
  memory: () => new BoundedMap<number, true>(64),
  concerns: (fact) => fact.kind !== "process.started" || logsInByItself(fact.process),
  awaits: (_fact, automatic) => automatic.size > 0,
  step(fact, automatic, { reportAutologin, expectedUsers }) {
    if (fact.kind === "process.started") {
      if (logsInByItself(fact.process)) automatic.set(fact.process.pid, true);
      else automatic.delete(fact.process.pid);
      return undefined;
    }
    if (!isLocal(fact) || (fact.user !== undefined && expectedUsers.includes(fact.user))) return undefined;
    const autologin = fact.autologin === true || (fact.pid !== undefined && automatic.has(fact.pid));
    if (autologin && !reportAutologin) return undefined;
    const place = fact.terminal?.replace(/^\/dev\//, "") ?? fact.service;
    return {
      subject: `user ${fact.user ?? "unknown"} on ${place}`,
      reason: `${fact.user ?? "a user"} logged in at the device on ${place}${autologin ? " (automatic login)" : ""}`,
      confidence: "high",
      severity: autologin ? "low" : undefined,
      evidence: { user: fact.user, data: { service: fact.service, terminal: fact.terminal, autologin } },
    };
  },
});

/** No address, a program that sits at a console, and no pseudo terminal. */
export function isLocal({ service, source, terminal }: LoginSucceeded | LoginFailed): boolean {
  if (source !== undefined || !localService(serviceFamily(service))) return false;
  return terminal === undefined || terminal === "" || terminal === "?" || localTerminal(terminal);
}

/** agetty --autologin NAME (util-linux), getty -a NAME, mingetty --autologin; and login -f, which they become (same pid). */
function logsInByItself({ exe, argv }: Process): boolean {
  const name = (exe || argv[0] || "").split("/").at(-1);
  if (name === "login") return argv.some((arg, index) => index > 0 && /^-[a-z]{0,16}f[a-z]{0,16}$/.test(arg));
  if (name !== "agetty" && name !== "getty" && name !== "mingetty" && name !== "fgetty") return false;
  return argv.some((arg) => arg === "-a" || arg.startsWith("--autologin"));
}

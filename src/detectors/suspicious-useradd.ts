import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { accountDeeds } from "./knowledge/account-commands.ts";
import type { NewAccount } from "./knowledge/account-deeds.ts";
import { mentions } from "./knowledge/account-match.ts";
import { configurationManagement, containerRuntimes, fromPackageManager, hasAncestor } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { trimsImage } from "./knowledge/image-build.ts";
import { localCommands } from "./knowledge/local.ts";
import { hiddenPath, inTemporaryDirectory } from "./knowledge/paths.ts";
import { expectedAccounts } from "./knowledge/shared-settings.ts";

/**
 * An account is made the way an intruder makes one: root's uid, a password on the command line, a hidden or temporary
 * home, membership among administrators, or a person's account that no package or provisioning tool asked for.
 *
 * Service accounts (`--system`, `-r`, nologin) are what every package makes. Accounts inside a container or on another
 * machine are told with low confidence. Blind spots: an account made by writing passwd with an editor (but see
 * `suspicious-useradd.account.ts`), an existing service account that is given a shell.
 */
export const suspiciousUseradd = matcher({
  alert: "suspicious-useradd",
  on: ["process.started"],
  settings: z.object({
    expectedAccounts,
  }),
  match({ process, failed }, { expectedAccounts }) {
    if (failed || !mentions(process.argv)) return undefined;
    const line = commandLine(process);
    const here = new Set(localCommands(line));
    const provisioned = isProvisioned(process);
    const recipe = trimsImage(line);
    return line.commands.flatMap((command): readonly Match[] => {
      const away = !here.has(command) || inContainer(process);
      return accountDeeds(command, line).created.flatMap((account) => {
        const seen = expectedAccounts.includes(account.user) ? undefined : suspicion(account, provisioned);
        const doubtful = away || (seen?.plain && command.nested && recipe);
        return seen ? [describe(account, doubtful ? { ...seen, confidence: "low" } : seen, process)] : [];
      });
    });
  },
});

interface Suspicion {
  readonly why: string;
  readonly confidence?: ConfidenceName;
  /** Nothing but an ordinary account. */
  readonly plain?: true;
}

const LOGS_NOBODY_IN = /(?:^|\/)(?:nologin|false|true|sync|halt|shutdown|git-shell|null)$/;
/** Groups that make root of a person with a password. */
const ADMINISTRATORS = new Set(["root", "wheel", "sudo", "admin", "0"]);

/** Why this account is suspicious; undefined for what packages and provisioning do every day. */
function suspicion(account: NewAccount, provisioned: boolean): Suspicion | undefined {
  const { uid, duplicateUid, home, password, groups, system, shell, user } = account;
  if (user !== "root" && uid !== undefined && uid !== "" && Number(uid) === 0)
    return { why: "has the user id of root", confidence: "high" };
  if (duplicateUid) return { why: "shares its user id with another account", confidence: "high" };
  if (home && (inTemporaryDirectory(home) || hiddenPath(home))) return { why: `lives in ${home.slice(0, 120)}` };
  if (provisioned || account.locked) return undefined;
  if (password) return { why: "was given a password on the command line" };
  if (shell !== undefined && LOGS_NOBODY_IN.test(shell)) return undefined;
  const among = groups.find((group) => ADMINISTRATORS.has(group) || (!system && group === "docker"));
  if (among !== undefined) return { why: `is a member of ${among}` };
  return system || (uid !== undefined && Number(uid) < 1000) ? serviceWithShell(account) : person(account);
}

/** A service account that asks for a shell but for no home hides a login where nobody looks for one. */
function serviceWithShell({ shell, home, homeless }: NewAccount): Suspicion | undefined {
  if (!shell || home) return undefined;
  const why = `is a service account with the shell ${shell.slice(0, 64)} and no home`;
  return homeless ? { why } : undefined;
}

function person({ shell, homeless }: NewAccount): Suspicion {
  const why = "can log in and was not made by a package or provisioning tool";
  // without a home and with the default shell it is what guides of server software tell people to type
  return homeless && !shell ? { why, plain: true, confidence: "low" } : { why, plain: true };
}

function isProvisioned(process: Process): boolean {
  return fromPackageManager(process) || hasAncestor(process, configurationManagement);
}

/** In a container, or below the engine that builds an image. */
function inContainer(process: Process): boolean {
  return process.container !== undefined || hasAncestor(process, containerRuntimes);
}

function describe(account: NewAccount, { why, confidence }: Suspicion, process: Process): Match {
  const name = account.user || "accounts in bulk";
  const { uid, home, shell, groups } = account;
  return {
    subject: `user ${name}`,
    reason: `the new account ${name} ${why}`,
    confidence,
    evidence: { process, user: account.user || undefined, data: { uid, home, shell, groups } },
  };
}

/**
 * What a command does to accounts and groups: shadow (useradd, usermod, userdel, gpasswd, groupmems, groupmod,
 * newusers), Debian's adduser family, busybox, libuser, systemd's homectl. Options from their man pages
 * (shadow 4.13, adduser 3.137, busybox 1.36, libuser 0.64, systemd 255).
 */
import { type AccountDeeds, each, last, MOST, type NewAccount, NOTHING, split } from "./account-deeds.ts";
import type { Command, CommandLine } from "./command.ts";
import { addgroup, delgroup, deluser, gpasswd, groupmems, groupmod, lgroupmod, userdel } from "./group-commands.ts";
import { parseOptions } from "./options.ts";
import { appended, passwdLines } from "./passwd-lines.ts";

/** Never throws; at most 64 memberships of one command. `line`: to see what is piped into `tee -a /etc/passwd`. */
export function accountDeeds(command: Command, line?: CommandLine): AccountDeeds {
  const name = command.name.replace(/\.(?:local|shadow|real)$/, "");
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (!read) return appended(command, line);
  if (command.args.some((arg) => arg === "--help" || arg === "--version")) return NOTHING;
  const deeds = read(command);
  return deeds.created.length > 0 && line ? withPassword(deeds, line) : deeds;
}

/** `adduser --disabled-password eve; echo eve:x | chpasswd`: the same line gives the account its password. */
function withPassword(deeds: AccountDeeds, { commands }: CommandLine): AccountDeeds {
  const setter = commands.find(({ name }) => name === "chpasswd");
  if (!setter) return deeds;
  const text = commands
    .filter(({ pipeline }) => pipeline === setter.pipeline)
    .flatMap(({ args, redirections }) => [...args, ...redirections.map(({ target }) => target)]);
  const created = deeds.created.map((account) =>
    account.user !== "" && text.some((word) => word.includes(`${account.user}:`))
      ? { ...account, locked: false, password: true }
      : account,
  );
  return { ...deeds, created };
}

const readers: Readonly<Record<string, (command: Command) => AccountDeeds>> = {
  useradd,
  luseradd: useradd,
  adduser,
  addgroup,
  usermod,
  lusermod: usermod,
  gpasswd,
  groupmems,
  groupmod,
  groupadd: groupmod,
  lgroupmod,
  userdel,
  luserdel: userdel,
  deluser,
  delgroup,
  newusers,
  lnewusers: newusers,
  homectl,
};

const USERADD = {
  short: "bcdefgGkKpPRsuZ",
  long: "base-dir badname comment home-dir home expiredate inactive gid groups skel key password prefix root shell uid selinux-user selinux-range".split(
    " ",
  ),
};

function useradd({ args }: Command): AccountDeeds {
  const given = parseOptions(args, USERADD);
  const user = last(given);
  if (user === undefined || given.has("D", "defaults")) return NOTHING;
  const groups = split(given.value("G", "groups"));
  const account: NewAccount = {
    user,
    uid: given.value("u", "uid"),
    duplicateUid: given.has("o", "non-unique"),
    password: given.has("p", "password"),
    groups: primary(given.value("g", "gid"), groups),
    home: given.value("d", "home-dir", "home"),
    homeless: given.has("M", "no-create-home"),
    shell: given.value("s", "shell"),
    system: given.has("r", "system"),
  };
  return { ...NOTHING, created: [account], joined: each(user, account.groups) };
}

/** A primary group counts where its power does: the account's own group, or `users`, is no membership worth a word. */
function primary(group: string | undefined, others: readonly string[]): readonly string[] {
  return group !== undefined && privilegedGroup(group) ? [group, ...others] : others;
}

/** Groups that make root of their members, or hand them its secrets (Debian, Fedora, Alpine base; docker, lxd, libvirt). */
const PRIVILEGED = new Set(
  "root wheel sudo admin adm docker podman lxd incus-admin libvirt kvm disk shadow kmem mem sys staff systemd-journal iotedge aziotcs aziotid aziotks aziottpm 0".split(
    " ",
  ),
);

function privilegedGroup(group: string): boolean {
  return PRIVILEGED.has(group);
}

const ADDUSER = {
  short: "bcdefghGkKpRsuZ",
  long: "home shell uid gid firstuid lastuid firstgid lastgid ingroup gecos comment conf groups password home-dir".split(
    " ",
  ),
};

/** Debian's and busybox' adduser; `adduser` of Fedora is useradd. `adduser USER GROUP` only adds to the group. */
function adduser({ args }: Command): AccountDeeds {
  const given = parseOptions(args, ADDUSER);
  const [user, group] = given.operands;
  if (user === undefined) return NOTHING;
  if (given.has("group") && !given.has("system")) return NOTHING;
  if (group !== undefined) return { ...NOTHING, joined: each(user, [group]) };
  const first = given.value("G", "ingroup", "gid", "g");
  const groups = primary(first, split(given.value("groups")));
  const account: NewAccount = {
    user,
    uid: given.value("u", "uid"),
    duplicateUid: given.has("o"),
    password: given.has("p", "password"),
    groups,
    home: given.value("home", "h", "d", "home-dir"),
    homeless: given.has("H", "M", "no-create-home"),
    shell: given.value("s", "shell"),
    system: given.has("S", "system", "r"),
    // busybox' -D gives no password; with a number chosen it is an image's own user.
    locked: given.has("disabled-password", "disabled-login") || (given.has("D") && given.has("u", "uid")),
  };
  return { ...NOTHING, created: [account], joined: each(user, groups) };
}

const USERMOD = {
  short: "cdefgGlpPRsuvVwWZ",
  long: "comment home expiredate inactive gid groups login password prefix root shell uid add-subuids del-subuids add-subgids del-subgids selinux-user".split(
    " ",
  ),
};

function usermod({ args }: Command): AccountDeeds {
  const given = parseOptions(args, USERMOD);
  const user = last(given);
  if (user === undefined) return NOTHING;
  const groups = split(given.value("G", "groups"));
  if (given.has("r", "remove")) return { ...NOTHING, left: each(user, groups) };
  const main = given.value("g", "gid");
  const uid = given.value("u", "uid");
  const account: NewAccount = { user, uid, duplicateUid: given.has("o", "non-unique"), groups: [], locked: true };
  return {
    ...NOTHING,
    created: uid !== undefined && Number(uid) === 0 ? [account] : [],
    joined: each(user, main === undefined ? groups : [main, ...groups]),
  };
}

/** Accounts in bulk: what they are stands in the file or the here-document. */
function newusers({ redirections }: Command): AccountDeeds {
  const text = redirections.find(({ operator }) => operator.startsWith("<<"))?.target;
  const accounts = text === undefined ? [] : passwdLines(text);
  return { ...NOTHING, created: accounts.length > 0 ? accounts : [{ user: "", groups: [], password: true }] };
}

function homectl({ args }: Command): AccountDeeds {
  const given = parseOptions(args, {
    short: "cdGuMHP",
    long: "real-name uid shell home-dir member-of identity password-hint skel storage disk-size".split(" "),
  });
  const [verb, user] = given.operands;
  if (user === undefined) return NOTHING;
  if (verb === "remove") return { ...NOTHING, deleted: given.operands.slice(1, MOST) };
  const groups = split(given.value("G", "member-of"));
  if (verb === "update") return { ...NOTHING, joined: each(user, groups) };
  if (verb !== "create") return NOTHING;
  const account = {
    user,
    uid: given.value("uid", "u"),
    shell: given.value("shell"),
    home: given.value("home-dir", "d"),
    groups,
  };
  return { ...NOTHING, created: [account], joined: each(user, groups) };
}

/** Commands that work on groups, or take accounts away (shadow 4.13, Debian adduser 3.137, busybox 1.36, libuser 0.64). */
import { type AccountDeeds, each, last, NOTHING, split, usersOf } from "./account-deeds.ts";
import type { Command } from "./command.ts";
import { parseOptions } from "./options.ts";

/** `addgroup USER GROUP` (Debian, busybox); with one operand it makes a group. */
export function addgroup({ args }: Command): AccountDeeds {
  const { operands } = parseOptions(args, { short: "g", long: ["gid", "conf"] });
  const [user, group] = operands;
  return user !== undefined && group !== undefined ? { ...NOTHING, joined: each(user, [group]) } : NOTHING;
}

export function gpasswd({ args }: Command): AccountDeeds {
  const given = parseOptions(args, { short: "adQMA", long: ["add", "delete", "root", "members", "administrators"] });
  const group = last(given);
  if (group === undefined) return NOTHING;
  return {
    ...NOTHING,
    joined: usersOf(group, [...given.values("a", "add"), ...split(given.value("M", "members"))]),
    left: usersOf(group, given.values("d", "delete")),
  };
}

/** Without `-g` it works on the caller's own group, whose name is the caller's. */
export function groupmems({ args }: Command): AccountDeeds {
  const given = parseOptions(args, { short: "adgR", long: ["add", "delete", "group", "root"] });
  const group = given.value("g", "group") ?? "";
  return {
    ...NOTHING,
    joined: usersOf(group, given.values("a", "add")),
    left: usersOf(group, given.values("d", "delete")),
  };
}

export function groupmod({ args }: Command): AccountDeeds {
  const given = parseOptions(args, {
    short: "gnpPRUK",
    long: ["gid", "new-name", "password", "prefix", "root", "users", "key"],
  });
  return { ...NOTHING, joined: usersOf(last(given) ?? "", split(given.value("U", "users"))) };
}

export function lgroupmod({ args }: Command): AccountDeeds {
  const given = parseOptions(args, {
    short: "gnpMmAaP",
    long: ["member-add", "member-remove", "gid", "name", "password"],
  });
  const group = last(given) ?? "";
  return {
    ...NOTHING,
    joined: usersOf(group, split(given.value("M", "member-add"))),
    left: usersOf(group, split(given.value("m", "member-remove"))),
  };
}

export function userdel({ args }: Command): AccountDeeds {
  const user = last(parseOptions(args, { short: "RP", long: ["root", "prefix"] }));
  return user === undefined ? NOTHING : { ...NOTHING, deleted: [user] };
}

export function deluser({ args }: Command): AccountDeeds {
  const given = parseOptions(args, { long: ["backup-to", "conf"] });
  const [user, group] = given.operands;
  if (user === undefined || given.has("group", "only-if-empty")) return NOTHING;
  return group === undefined ? { ...NOTHING, deleted: [user] } : { ...NOTHING, left: each(user, [group]) };
}

export function delgroup({ args }: Command): AccountDeeds {
  const [user, group] = parseOptions(args, { long: ["conf"] }).operands;
  return user !== undefined && group !== undefined ? { ...NOTHING, left: each(user, [group]) } : NOTHING;
}

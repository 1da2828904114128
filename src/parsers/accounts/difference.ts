/**
 * Two states of passwd and group -> facts. The files are the authority on what changed; who did it, audit tells.
 *
 * Decisions: a new account's own private group, and its primary group in general, are no membership worth a fact,
 * except group 0. A changed primary group is: joined the new, left the old. A deleted account leaves no groups of its
 * own; a deleted group is left by its members. A group that only changed its name is not left. An existing account
 * that becomes uid 0 is told as created, because a second root was. A renamed account is one deleted and one created:
 * the same uid under another name cannot be told from a reused one.
 */
import type { AccountChanged, GroupChanged } from "../../events/fact.ts";
import type { Group } from "./group.ts";
import type { Account } from "./passwd.ts";

export interface Accounts {
  readonly accounts: readonly Account[];
  readonly groups: readonly Group[];
}

export type AccountFact = AccountChanged | GroupChanged;

/** `at`: epoch ms of the change. Pure; linear in the size of both. */
export function difference(before: Accounts, after: Accounts, at: number): readonly AccountFact[] {
  const old = byName(before.accounts);
  const now = byName(after.accounts);
  const facts: AccountFact[] = [];
  for (const account of before.accounts) {
    if (!now.has(account.name)) facts.push(told("account.deleted", account, at));
  }
  for (const account of after.accounts) {
    const known = old.get(account.name);
    if (!known || (account.uid === 0 && known.uid !== 0)) facts.push(told("account.created", account, at));
  }
  const earlier = memberships(before);
  const later = memberships(after);
  const renamed = renamedGroups(before.groups, after.groups);
  for (const [key, { user, group, primary, gid }] of later) {
    if (earlier.has(key) || earlier.has(pair(user, renamed.get(group) ?? group))) continue;
    if (primary && !old.has(user) && gid !== 0) continue;
    if (user !== group) facts.push({ kind: "group.joined", at, user, group });
  }
  const newNames = new Set(renamed.values());
  for (const [key, { user, group }] of earlier) {
    if (later.has(key) || newNames.has(group) || !now.has(user) || user === group) continue;
    facts.push({ kind: "group.left", at, user, group });
  }
  return facts;
}

interface Membership {
  readonly user: string;
  readonly group: string;
  readonly gid: number;
  readonly primary: boolean;
}

const pair = (user: string, group: string) => `${user}:${group}`;
const byName = (accounts: readonly Account[]) => new Map(accounts.map((account) => [account.name, account]));

function told(kind: AccountChanged["kind"], { name, uid, home, shell }: Account, at: number): AccountChanged {
  return { kind, at, user: name, uid, home, shell };
}

/** Supplementary and primary memberships; a name in both is one, supplementary. */
function memberships({ accounts, groups }: Accounts): ReadonlyMap<string, Membership> {
  const all = new Map<string, Membership>();
  const names = new Map<number, string>();
  for (const { name, gid, members } of groups) {
    if (!names.has(gid)) names.set(gid, name);
    for (const user of members) all.set(pair(user, name), { user, group: name, gid, primary: false });
  }
  for (const { name, gid } of accounts) {
    const group = names.get(gid);
    const key = pair(name, group ?? "");
    if (group !== undefined && !all.has(key)) all.set(key, { user: name, group, gid, primary: true });
  }
  return all;
}

/** New name -> old name, where a group kept its gid and members. */
function renamedGroups(before: readonly Group[], after: readonly Group[]): ReadonlyMap<string, string> {
  const remaining = new Set(after.map(({ name }) => name));
  const known = new Set(before.map(({ name }) => name));
  const gone = new Map(before.filter(({ name }) => !remaining.has(name)).map((group) => [group.gid, group]));
  const renamed = new Map<string, string>();
  for (const { name, gid } of after) {
    const old = known.has(name) ? undefined : gone.get(gid);
    if (old) renamed.set(name, old.name);
  }
  return renamed;
}

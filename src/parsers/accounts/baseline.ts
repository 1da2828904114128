/** The state of accounts as it is kept over a restart: small JSON, read back with distrust. */
import type { Accounts } from "./difference.ts";
import type { Group } from "./group.ts";
import type { Account } from "./passwd.ts";

export type Baseline = {
  readonly version: 1;
  readonly accounts: readonly (readonly [name: string, uid: number, gid: number])[];
  readonly groups: readonly (readonly [name: string, gid: number, members: readonly string[]])[];
};

export function toBaseline({ accounts, groups }: Accounts): Baseline {
  return {
    version: 1,
    accounts: accounts.map(({ name, uid, gid }) => [name, uid, gid]),
    groups: groups.map(({ name, gid, members }) => [name, gid, members]),
  };
}

/** Undefined where the saved value is not one of ours. Home and shell are not kept: only names, ids, members matter. */
export function fromBaseline(saved: unknown): Accounts | undefined {
  const { version, accounts, groups } = (saved ?? {}) as Partial<Record<keyof Baseline, unknown>>;
  if (version !== 1 || !Array.isArray(accounts) || !Array.isArray(groups)) return undefined;
  const read = { accounts: accounts.map(toAccount), groups: groups.map(toGroup) };
  if (read.accounts.includes(undefined) || read.groups.includes(undefined)) return undefined;
  return read as Accounts;
}

function toAccount(value: unknown): Account | undefined {
  if (!Array.isArray(value)) return undefined;
  const [name, uid, gid] = value as unknown[];
  if (typeof name !== "string" || typeof uid !== "number" || typeof gid !== "number") return undefined;
  return { name, uid, gid, home: "", shell: "" };
}

function toGroup(value: unknown): Group | undefined {
  if (!Array.isArray(value)) return undefined;
  const [name, gid, members] = value as unknown[];
  if (typeof name !== "string" || typeof gid !== "number" || !Array.isArray(members)) return undefined;
  return members.every((member) => typeof member === "string")
    ? { name, gid, members: members as string[] }
    : undefined;
}

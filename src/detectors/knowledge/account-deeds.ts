/** The words in which `account-commands.ts` says what a command does to accounts and groups. */
import type { Options } from "./options.ts";

export interface Membership {
  readonly user: string;
  readonly group: string;
}

export interface NewAccount {
  /** "" where the command does not say it (`newusers` from a file). */
  readonly user: string;
  readonly uid?: string;
  readonly duplicateUid?: boolean;
  /** A password or its hash stands on the command line. */
  readonly password?: boolean;
  readonly groups: readonly string[];
  readonly home?: string;
  /** The command asks for no home directory (`-M`, `-H`, `--no-create-home`). */
  readonly homeless?: boolean;
  /** As given; absent = the system's default, which is a login shell. */
  readonly shell?: string;
  readonly system?: boolean;
  /** Nobody can log in with a password (`--disabled-password`, `--disabled-login`). */
  readonly locked?: boolean;
}

export interface AccountDeeds {
  readonly created: readonly NewAccount[];
  readonly deleted: readonly string[];
  readonly joined: readonly Membership[];
  readonly left: readonly Membership[];
}

export const NOTHING: AccountDeeds = { created: [], deleted: [], joined: [], left: [] };
/** Most memberships of one command. */
export const MOST = 64;

export const split = (list: string | undefined) => (list ?? "").split(",", MOST).filter((name) => name !== "");
export const each = (user: string, groups: readonly string[]) =>
  groups.filter((g) => g !== user).map((group) => ({ user, group }));
export const usersOf = (group: string, users: readonly string[]) => users.map((user) => ({ user, group }));
export const last = (options: Options) => options.operands.at(-1);

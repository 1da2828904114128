/** Accounts that exist only for the suite, made and deleted by the real shadow tools. */
import { randomBytes } from "node:crypto";
import { runChild } from "./child.ts";

export interface Account {
  readonly name: string;
  readonly password: string;
}

export interface Accounts {
  /** Makes an account with a home, a shell and a password. */
  create(): Promise<Account>;
  /** A group that nobody is in. */
  createGroup(): Promise<string>;
  /** Deletes an account that was made here, with its home. */
  delete(account: Account): Promise<void>;
  /** Deletes what is left. */
  stop(): Promise<void>;
}

export async function throwAwayAccounts(): Promise<Accounts> {
  const accounts = new Map<string, Account>();
  const groups = new Set<string>();
  const remove = async (name: string) => {
    accounts.delete(name);
    await runChild("userdel", ["-r", "-f", name], { tolerant: true });
  };
  return {
    async create() {
      const account = { name: `e2e-${randomBytes(3).toString("hex")}`, password: randomBytes(9).toString("base64url") };
      await runChild("useradd", ["-m", "-s", "/bin/bash", account.name]);
      accounts.set(account.name, account);
      await runChild("chpasswd", [], { input: `${account.name}:${account.password}\n` });
      return account;
    },
    async createGroup() {
      const group = `e2eg-${randomBytes(3).toString("hex")}`;
      await runChild("groupadd", [group]);
      groups.add(group);
      return group;
    },
    delete: ({ name }) => remove(name),
    async stop() {
      for (const name of accounts.keys()) await remove(name);
      for (const name of groups) await runChild("groupdel", [name], { tolerant: true });
    },
  };
}

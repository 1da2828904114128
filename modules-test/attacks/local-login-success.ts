/** A login at the console with the right password, by the real login. */
import type { Attack } from "../attack.ts";
import type { Account } from "../rig/host/accounts.ts";

let account: Account;

export const attack = {
  alert: "local-login-success",
  needs: ["root", "audit", "login", "shadow", "namespaces"],
  async prepare(host) {
    account = await host.accounts.create();
  },
  async perform(host) {
    const inside = await host.console.attempt(account);
    if (!inside) throw new Error("login decided otherwise");
  },
  undo: (host) => host.accounts.delete(account),
  expect: (finding) => JSON.stringify(finding.evidences).includes(account.name),
} satisfies Attack;

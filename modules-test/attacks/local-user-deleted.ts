/** An account deleted by userdel. */
import type { Attack } from "../attack.ts";
import type { Account } from "../rig/host/accounts.ts";

let account: Account;

export const attack = {
  alert: "local-user-deleted",
  needs: ["root", "audit", "sshd", "shadow"],
  async prepare(host) {
    account = await host.accounts.create();
  },
  perform: async (host) => void (await host.type(`userdel -r ${account.name}`)),
  undo: (host) => host.accounts.delete(account),
  expect: (finding) => JSON.stringify(finding.evidences).includes(account.name),
} satisfies Attack;

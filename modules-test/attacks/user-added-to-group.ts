/** An account put into a group by gpasswd. */
import type { Attack } from "../attack.ts";
import type { Account } from "../rig/host/accounts.ts";

let account: Account;
let group: string;

export const attack = {
  alert: "user-added-to-group",
  needs: ["root", "audit", "sshd", "shadow"],
  async prepare(host) {
    account = await host.accounts.create();
    group = await host.accounts.createGroup();
  },
  perform: async (host) => void (await host.type(`gpasswd -a ${account.name} ${group}`)),
  undo: (host) => host.accounts.delete(account),
  expect: (finding) => [account.name, group].every((name) => JSON.stringify(finding.evidences).includes(name)),
} satisfies Attack;

/** An account taken out of a group by gpasswd. */
import type { Attack } from "../attack.ts";
import type { Account } from "../rig/host/accounts.ts";
import { runChild } from "../rig/host/child.ts";

let account: Account;
let group: string;

export const attack = {
  alert: "user-removed-from-group",
  needs: ["root", "audit", "sshd", "shadow"],
  async prepare(host) {
    account = await host.accounts.create();
    group = await host.accounts.createGroup();
    await runChild("gpasswd", ["-a", account.name, group]);
    await host.module.next("user-added-to-group", (f) => JSON.stringify(f.evidences).includes(group));
  },
  perform: async (host) => void (await host.type(`gpasswd -d ${account.name} ${group}`)),
  undo: (host) => host.accounts.delete(account),
  expect: (finding) => [account.name, group].every((name) => JSON.stringify(finding.evidences).includes(name)),
} satisfies Attack;

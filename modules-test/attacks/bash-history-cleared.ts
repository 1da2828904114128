/** A history emptied by a redirection at the owner's prompt: no program names the file. */
import { appendFileSync } from "node:fs";
import type { Attack } from "../attack.ts";
import type { Account } from "../rig/host/accounts.ts";
import { openSession } from "../rig/host/session.ts";

let account: Account;

export const attack = {
  alert: "bash-history-cleared",
  needs: ["root", "audit", "sshd", "shadow"],
  async prepare(host) {
    account = await host.accounts.create();
    appendFileSync(`/home/${account.name}/.bash_history`, "ls\n");
    await host.run(`chown ${account.name} /home/${account.name}/.bash_history`);
  },
  async perform(host) {
    const session = await openSession(host.sshd, account.name);
    await session.type("> ~/.bash_history");
    await session.close();
  },
  undo: (host) => host.accounts.delete(account),
  expect: (finding) => JSON.stringify(finding.evidences).includes(`/home/${account.name}/.bash_history`),
} satisfies Attack;

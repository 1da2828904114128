/** Guesses over ssh until the right password is among them; the address is this host's own loopback. */
import type { Attack } from "../attack.ts";
import type { Account } from "../rig/host/accounts.ts";
import { guess } from "../rig/host/guess.ts";

let account: Account;

export const attack = {
  alert: "brute-force-success",
  needs: ["root", "rsyslog", "sshd", "shadow"],
  async prepare(host) {
    account = await host.accounts.create();
    const wrong = Array.from({ length: 10 }, (_, n) => `wrong${n}`);
    await Promise.all(wrong.map((password) => guess(host.sshd, host.remote, account.name, password)));
  },
  async perform(host) {
    if (!(await guess(host.sshd, host.remote, account.name, account.password)))
      throw new Error("sshd refused the account");
  },
  undo: (host) => host.accounts.delete(account),
  expect: (finding, host) =>
    finding.evidences.some((e) => e.src_endpoint?.ip === host.remote) &&
    JSON.stringify(finding.evidences).includes(account.name),
} satisfies Attack;

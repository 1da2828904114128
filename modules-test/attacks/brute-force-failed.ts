/** Twelve wrong passwords for a real account, over ssh. */
import type { Attack } from "../attack.ts";
import type { Account } from "../rig/host/accounts.ts";
import { guess } from "../rig/host/guess.ts";

let account: Account;

export const attack = {
  alert: "brute-force-failed",
  needs: ["root", "rsyslog", "sshd", "shadow"],
  async prepare(host) {
    account = await host.accounts.create();
  },
  async perform(host) {
    const wrong = Array.from({ length: 12 }, (_, n) => `wrong${n}`);
    await Promise.all(wrong.map((password) => guess(host.sshd, "127.0.0.1", account.name, password)));
  },
  undo: (host) => host.accounts.delete(account),
  expect: (finding) => finding.evidences.some((e) => e.src_endpoint?.ip === "127.0.0.1"),
} satisfies Attack;

/**
 * A login at the console through the real login(1). A pseudo-terminal is bind-mounted over a virtual console in a
 * private mount namespace and opened by that name, so that ttyname(3), and with it utmp, PAM and audit, say `tty62`.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import type { Account } from "./accounts.ts";
import { eventually, startChild } from "./child.ts";

export interface ConsoleLogin {
  /** Logs in with this password, and out again when the shell is there. True when login let the account in. */
  attempt(account: Account, password?: string): Promise<boolean>;
}

const console62 = "/dev/tty62";

export function consoleLogins(): ConsoleLogin {
  return { attempt };
}

async function attempt({ name, password: right }: Account, password = right): Promise<boolean> {
  const made = !existsSync(console62);
  if (made) writeFileSync(console62, "");
  const inner = `mount --bind "$(tty)" ${console62} && exec setsid -c -w login <>${console62} >&0 2>&0`;
  const child = await startChild("script", ["-qefc", `unshare -m sh -c '${inner}'`, "/dev/null"]);
  const said = (pattern: RegExp, from = 0) =>
    eventually(
      `login says ${pattern}`,
      () => {
        if (child.ended !== undefined) throw new Error(`login ended (${child.ended}): ${child.output}`);
        return pattern.test(child.output.slice(from));
      },
      15_000,
    );
  try {
    await said(/login: /);
    child.write(`${name}\n`);
    await said(/Password: /);
    const from = child.output.length;
    child.write(`${password}\n`);
    await said(/[$#] $|incorrect|failure/i, from);
    const inside = !/incorrect|failure/i.test(child.output.slice(from));
    if (inside) child.write("exit\n");
    return inside;
  } finally {
    await Promise.race([child.exit, new Promise((passed) => setTimeout(passed, 500))]);
    await child.stop(1_000);
    if (made) rmSync(console62, { force: true });
  }
}

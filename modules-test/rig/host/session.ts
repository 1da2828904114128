/**
 * What an intruder or an administrator has: a session over ssh. Deeds are done in it, so that they carry a login uid
 * and a session, and have sshd and a shell above them instead of the test runner.
 *
 * `type` enters a line at the prompt of an interactive shell, which no log shows: only the children, files and
 * connections of the line are seen. `run` has sshd start `bash -c line`, so that the line itself is in the audit log.
 */
import { type Child, eventually, startChild } from "./child.ts";
import type { Sshd } from "./sshd.ts";

export interface Session {
  /** Output of the line; never rejects for its exit code, which is returned. */
  type(line: string, within?: number): Promise<{ readonly code: number; readonly output: string }>;
  close(): Promise<void>;
}

const common = (sshd: Sshd) => [
  ...["-F", "/dev/null", "-i", sshd.key, "-p", String(sshd.port), "-o", "StrictHostKeyChecking=no"],
  ...["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes"],
];

/** `ssh user@127.0.0.1 line`: one process whose argv holds the line. Returns its output; the exit code is ignored. */
export async function runOverSsh(sshd: Sshd, user: string, line: string, within = 30_000): Promise<string> {
  const child = await startChild("ssh", [...common(sshd), "-T", `${user}@127.0.0.1`, line]);
  child.endInput();
  const limit = setTimeout(() => void child.stop(0), within);
  await child.exit;
  clearTimeout(limit);
  return child.output;
}

/** Logs in with a terminal and waits for the prompt. */
export async function openSession(sshd: Sshd, user: string): Promise<Session> {
  const child = await startChild("ssh", [...common(sshd), "-tt", `${user}@127.0.0.1`]);
  const session = new TerminalSession(child);
  await session.type("PS1= PS2= ; stty -echo", 20_000);
  return session;
}

class TerminalSession implements Session {
  readonly #child: Child;
  #count = 0;

  constructor(child: Child) {
    this.#child = child;
  }

  async type(line: string, within = 30_000): Promise<{ code: number; output: string }> {
    const number = ++this.#count;
    const from = this.#child.output.length;
    // The mark is assembled by the shell, so that the echo of the line is not taken for its end.
    this.#child.write(`${line}\nprintf '%s%d=%d=\\n' e2e-end- ${number} $?\n`);
    const mark = new RegExp(`e2e-end-${number}=(\\d+)=`);
    const found = await eventually(
      `the prompt after: ${line}`,
      () => {
        if (this.#child.ended !== undefined) throw new Error(`the session ended: ${this.#child.output}`);
        return mark.exec(this.#child.output) ?? undefined;
      },
      within,
    );
    return { code: Number(found[1]), output: this.#child.output.slice(Math.min(from, found.index), found.index) };
  }

  async close(): Promise<void> {
    this.#child.write("\nexit\n");
    await Promise.race([this.#child.exit, new Promise((passed) => setTimeout(passed, 1_000))]);
    await this.#child.stop();
  }
}

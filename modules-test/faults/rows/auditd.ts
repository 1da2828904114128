/** The real audit daemon, on the real host: its log is the one that is read. */
import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type PausableAuditd, startAuditd } from "../../rig/host/auditd.ts";
import { programPath } from "../../rig/host/needs.ts";
import type { Row, Scene } from "../row.ts";

type Stage = Omit<Scene, "module">;

interface Parts {
  readonly auditd: PausableAuditd;
  /** A directory with a program called `userdel` that deletes nobody. */
  readonly directory: string;
}

const parts = new WeakMap<Stage["ledger"], Parts>();

async function realAuditd(stage: Stage) {
  const auditd = await startAuditd();
  stage.cleanUp(() => auditd.stop());
  const directory = mkdtempSync(join(tmpdir(), "deeds-"));
  stage.cleanUp(() => rmSync(directory, { recursive: true, force: true }));
  // `userdel -f NAME` is, with tail(1) behind the name, a program that stays: seen in /proc too, where audit is away.
  copyFileSync(programPath("tail") as string, join(directory, "userdel"));
  chmodSync(join(directory, "userdel"), 0o755);
  parts.set(stage.ledger, { auditd, directory });
  return { hostRoot: "/" };
}

function deleteNobody({ ledger }: Scene): void {
  const { directory } = parts.get(ledger) as Parts;
  const name = ledger.name();
  writeFileSync(join(directory, name), "");
  const child = spawn(join(directory, "userdel"), ["-f", name], { cwd: directory, stdio: "ignore" });
  setTimeout(() => child.kill("SIGKILL"), 3_000).unref();
}

export const auditdRows: readonly Row[] = [
  {
    name: "auditd stopped and restarted",
    quick: true,
    needs: ["root", "audit"],
    alone: "host",
    patient: realAuditd,
    awaited: ["audit-log"],
    // On the real host: without the daemon the module asks the kernel itself.
    desired: { sources: { auditNetlink: true } },
    deed: deleteNobody,
    rate: 2,
    // The deeds rest at each change between audit and /proc: what begins in that second may be in neither, a known
    // blind spot (docs/decisions/durability.md).
    async inflict({ ledger, seconds, quick, pause, resume }) {
      const { auditd } = parts.get(ledger) as Parts;
      for (let n = 0; n < (quick ? 1 : 4); n++) {
        pause();
        await sleep(1_000);
        await auditd.pause(async () => {
          await sleep(3_000);
          resume();
          await seconds(15, 4);
          pause();
          await sleep(1_500);
        });
        await sleep(3_000);
        resume();
        await seconds(5, 2);
      }
    },
  },
];

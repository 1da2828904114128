/** A log is rotated, cut or taken away. */
import { chmodSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogName } from "../log-host.ts";
import type { Row } from "../row.ts";

const nobody = 65_534;

export const logRows: readonly Row[] = [
  {
    name: "log rotated in mid-event",
    quick: true,
    async inflict({ host, ledger, quick, chance, pause, resume }) {
      for (let n = 0; n < (quick ? 5 : 60); n++) {
        const records = host.execution("/usr/sbin/userdel", "userdel", ledger.name());
        const cut = chance.between(1, records.length - 1);
        host.append("audit", records.slice(0, cut).join(""));
        host.rotate("audit");
        await sleep(chance.between(0, 30));
        host.append("audit", records.slice(cut).join(""));
        // A line may also be written in two halves; the daemon, one process, writes nothing else between them.
        pause();
        const line = Buffer.from(host.execution("/usr/sbin/userdel", "userdel", ledger.name()).join(""));
        const middle = chance.between(1, line.length - 1);
        host.append("audit", line.subarray(0, middle));
        await sleep(chance.between(0, 100));
        host.append("audit", line.subarray(middle));
        resume();
        if (n % 5 === 4) host.rotate("auth");
        await sleep(chance.between(50, 700));
      }
    },
  },
  {
    name: "log rotated while the module is down",
    quick: true,
    async inflict({ host, module, quick, chance }) {
      for (let n = 0; n < (quick ? 1 : 10); n++) {
        await module.kill();
        for (let turn = 0; turn < chance.between(1, 3); turn++) {
          await sleep(500);
          for (const log of ["audit", "auth"] satisfies LogName[]) host.rotate(log);
        }
        await sleep(500);
        await module.start();
        await module.sees("audit-log", "auth-log");
        await sleep(chance.between(0, 2_000));
      }
    },
  },
  {
    name: "log truncated by logrotate's copytruncate",
    quick: true,
    async inflict({ host, quick, chance }) {
      for (let n = 0; n < (quick ? 3 : 20); n++) {
        for (const log of ["audit", "auth"] satisfies LogName[]) host.copyAndTruncate(log);
        await sleep(chance.between(1_000, 2_000));
      }
    },
  },
  {
    // What was not read before the bytes were destroyed is nowhere: so the deeds rest for a moment before each cut.
    name: "log truncated",
    quick: true,
    async inflict({ host, quick, chance, pause, resume }) {
      for (let n = 0; n < (quick ? 2 : 15); n++) {
        pause();
        await sleep(1_500);
        for (const log of ["audit", "auth"] satisfies LogName[]) host.truncate(log);
        resume();
        await sleep(chance.between(500, 2_500));
      }
    },
  },
  {
    name: "log unreadable",
    quick: true,
    needs: ["root"],
    patient: () => ({ uid: nobody }),
    async inflict({ host, module, seconds }) {
      for (const log of ["audit", "auth"] satisfies LogName[]) host.rotate(log, 0o600);
      await seconds(40, 3);
      await module.kill();
      await module.start();
      await seconds(20, 2);
      for (const log of ["audit", "auth"] satisfies LogName[]) chmodSync(host.path(log), 0o644);
    },
  },
];

// The real audit daemon with the project's rules, and the module on its log: what each costs for the same executions.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sources } from "./detectors.mjs";
import { LiveModule } from "./live-module.mjs";
import { cpuOf } from "./measure.mjs";

const hostFolder = join(import.meta.dirname, "../modules-test/rig/host");

/**
 * CPU seconds of both for `executions` of /bin/true by a shell, as fast as it can; a first third warms up.
 *
 * @returns {Promise<{executions: number, seconds: number, auditd: number, vedette: number}>}
 */
export async function besideAuditd(bundle, executions) {
  const { startAuditd, lockHost } = await sources(
    [
      'export { startAuditd } from "./modules-test/rig/host/auditd.ts";',
      'export { lockHost } from "./modules-test/rig/host/host-lock.ts";',
    ],
    hostFolder,
  );
  const lock = await lockHost(300_000);
  const auditd = await startAuditd().catch(async (error) => {
    await lock.stop();
    throw error;
  });
  const module = await new LiveModule().start(bundle, undefined, "/");
  try {
    await execute(Math.round(executions / 3));
    await sleep(2_000);
    const before = [cpuOf(auditd.pid), cpuOf(module.pid)];
    const startedAt = performance.now();
    await execute(executions);
    const seconds = (performance.now() - startedAt) / 1_000;
    await sleep(2_000);
    return {
      executions,
      seconds,
      auditd: cpuOf(auditd.pid) - before[0],
      vedette: cpuOf(module.pid) - before[1],
    };
  } finally {
    await module.stop();
    await auditd.stop();
    await lock.stop();
  }
}

function execute(count) {
  const child = spawn("bash", ["-c", `for ((i = 0; i < ${count}; i++)); do /bin/true; done`], { stdio: "ignore" });
  return new Promise((resolve) => child.once("close", resolve));
}

export function hostText({ executions, seconds, auditd, vedette }) {
  return `\nBeside auditd: ${executions} executions at ${(executions / seconds).toFixed(0)}/s: auditd ${auditd.toFixed(2)} CPU s, Vedette ${vedette.toFixed(2)}`;
}

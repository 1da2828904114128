// `npm run bench`: Vedette beside what an operator would install instead, on the same input, in one run.
// Usage: see below. Timings live here only: no test of the project asserts one.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeAuditLog } from "./audit-input.mjs";
import { writeAuthLog } from "./auth-input.mjs";
import { detectorRows } from "./detectors.mjs";
import { auditRows, authRows } from "./logs.mjs";
import { machine } from "./measure.mjs";
import { detectorTable, logTable, machineLine, targetTable } from "./report.mjs";
import { sizeRows } from "./size.mjs";

const usage = `npm run bench -- [options]

  --runs N         runs of each contender, in turn (default 5)
  --quick          small inputs, 2 runs, short live part
  --only A,B       parts: audit, fresh, auth, live, size (default), host (auditd's own CPU: needs root and the host's audit)
  --detectors      only the cost of each detector per million facts
  --messages MIN   only what one device sends: MIN minutes of quiet, MIN of intrusion
  --soak MINUTES   only the memory of the live module under load, with the slope
  --priority       run above the other work of a machine that is not quiet (needs root)
  --json           one JSON object on stdout
  --keep DIR       where the inputs are kept for the next run (default: a temporary folder)`;

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    detectors: { type: "boolean", default: false },
    soak: { type: "string" },
    messages: { type: "string" },
    json: { type: "boolean", default: false },
    priority: { type: "boolean", default: false },
    keep: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

// Inherited by every child. Where the kernel shares the processor among sessions first (sched(7), autogroup), ours too.
if (values.priority) {
  setPriority(-15);
  if (existsSync("/proc/self/autogroup")) writeFileSync("/proc/self/autogroup", "-15");
}

const root = join(import.meta.dirname, "..");
const bundle = join(root, "dist/main.js");
const folder = values.keep ?? mkdtempSync(join(tmpdir(), "vedette-bench-"));
const runs = Number(values.runs ?? (values.quick ? 2 : 5));
const size = values.quick ? { megabytes: 26, lines: 50_000 } : { megabytes: 200, lines: 1_000_000 };
const parts = values.only?.split(",") ?? ["audit", "fresh", "auth", "live", "size"];
const say = (text) => (values.json ? undefined : console.log(text));

/** Made once where the folder is kept. */
async function input(name, make) {
  const file = join(folder, name);
  if (!existsSync(file)) await make(file);
  return file;
}

async function measured() {
  const result = { machine: machine(), priority: values.priority, runs, targets: [] };
  say(machineLine(result.machine));
  if (values.detectors) {
    result.detectors = await detectorRows();
    say(detectorTable(result.detectors));
    return result;
  }
  if (values.soak) {
    const { soak, soakText } = await import("./soak.mjs");
    result.soak = await soak(bundle, Number(values.soak));
    say(soakText(result.soak));
    return result;
  }
  if (values.messages) {
    const { messages, messagesText } = await import("./messages.mjs");
    result.messages = await messages(bundle, Number(values.messages));
    say(messagesText(result.messages));
    return result;
  }
  await logs(result);
  if (parts.includes("live")) await live(result);
  if (parts.includes("host")) {
    const { besideAuditd, hostText } = await import("./host.mjs");
    result.host = await besideAuditd(bundle, values.quick ? 5_000 : 20_000);
    say(hostText(result.host));
    const measured = result.host.vedette / result.host.auditd;
    result.targets.push({ what: "host: CPU of auditd's own under load", measured, target: 1, unit: "x" });
  }
  if (parts.includes("size")) {
    result.size = sizeRows(join(root, "dist"));
    say(
      `\nBundle: ${(result.size.bytes / 1e6).toFixed(2)} MB; largest: ${result.size.parts
        .slice(0, 4)
        .map(({ name, bytes }) => `${name} ${(bytes / 1e3).toFixed(0)} kB`)
        .join(", ")}`,
    );
  }
  say(targetTable(result.targets));
  return result;
}

async function logs(result) {
  const { targets } = result;
  if (parts.includes("audit")) {
    const file = await input(`audit-${size.megabytes}.log`, (to) => writeAuditLog(to, size.megabytes));
    result.audit = await auditRows({ folder, file, bundle, runs });
    say(logTable(`Audit log, ${size.megabytes} MB of recorded work`, result.audit));
    targets.push(
      { what: "audit: CPU of ausearch --format csv", measured: result.audit.ofAusearch, target: 0.25, unit: "x" },
      { what: "audit: CPU of laurel", measured: result.audit.ofLaurel, target: 0.1, unit: "x" },
    );
  }
  if (parts.includes("fresh")) {
    const file = await input(`fresh-${size.megabytes}.log`, (to) => writeAuditLog(to, size.megabytes, true));
    result.fresh = await auditRows({ folder, file, bundle, runs: Math.min(runs, 3), only: ["ausearch", "vedette"] });
    say(
      logTable(`The same, each round in directories of its own (the worst for any memory of commands)`, result.fresh),
    );
    targets.push({
      what: "audit, fresh directories: CPU of ausearch",
      measured: result.fresh.ofAusearch,
      target: 0.25,
      unit: "x",
    });
  }
  if (parts.includes("auth")) {
    const file = await input(`auth-${size.lines}.log`, (to) => writeAuthLog(to, size.lines));
    result.auth = await authRows({ file, bundle, runs, lines: size.lines });
    say(logTable(`Auth log, ${size.lines} lines`, result.auth));
    targets.push({
      what: "auth: times faster than fail2ban-regex",
      measured: result.auth.timesFail2ban,
      target: 40,
      unit: "x",
      least: true,
    });
  }
}

async function live(result) {
  const { liveRows, liveText } = await import("./live.mjs");
  result.live = await liveRows(bundle, { quick: values.quick });
  say(liveText(result.live));
  result.targets.push(...result.live.targets);
}

mkdirSync(folder, { recursive: true });
execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "ignore" });
try {
  const result = await measured();
  if (values.json) console.log(JSON.stringify(result));
} finally {
  if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
}

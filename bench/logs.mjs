// Whole logs, judged beside what an operator would use instead.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled, measure, spread } from "./measure.mjs";

const vedette = (bundle, ...args) => [process.execPath, bundle, "replay", "--json", ...args];
/** Of the running module, as in the image (Dockerfile.template). */
export const nodeFlags = ["--max-semi-space-size=1", "--max-old-space-size=96", "--optimize-for-size"];

function auditContenders(folder, file, bundle) {
  const laurelFolder = join(folder, "laurel");
  const laurelConfig = join(folder, "laurel.toml");
  mkdirSync(laurelFolder, { recursive: true });
  writeFileSync(
    laurelConfig,
    `directory = "${laurelFolder}"\n[auditlog]\nfile = "audit.log"\nsize = 100000000\ngenerations = 1\n`,
  );
  return [
    { name: "wc -l", program: "wc", command: ["wc", "-l", file] },
    {
      name: "ausearch --format csv",
      program: "ausearch",
      install: "auditd",
      command: ["ausearch", "--input", file, "--format", "csv"],
    },
    { name: "aureport", program: "aureport", install: "auditd", command: ["aureport", "--input", file] },
    {
      name: "laurel (to JSON)",
      program: "laurel",
      install: "laurel",
      command: ["laurel", "--config", laurelConfig],
      stdin: file,
      after: () => rmSync(laurelFolder, { recursive: true, force: true }),
      before: () => mkdirSync(laurelFolder, { recursive: true }),
    },
    { name: "vedette, all detectors", program: process.execPath, command: vedette(bundle, "--audit", file) },
  ];
}

function authContenders(file, bundle) {
  return [
    { name: "wc -l", program: "wc", command: ["wc", "-l", file] },
    {
      name: "fail2ban-regex sshd",
      program: "fail2ban-regex",
      install: "fail2ban",
      command: ["fail2ban-regex", file, "sshd"],
    },
    { name: "vedette, all detectors", program: process.execPath, command: vedette(bundle, "--auth", file) },
  ];
}

/** Every contender once in turn, `runs` times, so that a noisy minute hits all of them. */
async function inTurn(contenders, runs) {
  const present = contenders.filter(({ program }) => isInstalled(program));
  const results = new Map(present.map(({ name }) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const { name, command, stdin, before, after } of present) {
      before?.();
      results.get(name).push(await measure(command, { stdin }));
      after?.();
    }
  }
  return contenders.map(({ name, install }) => {
    const measured = results.get(name);
    if (!measured) return { name, missing: `not installed: apt-get install ${install}` };
    return {
      name,
      cpu: spread(measured.map(({ cpu }) => cpu)),
      wall: spread(measured.map(({ wall }) => wall)),
      rss: Math.max(...measured.map(({ rss }) => rss)),
    };
  });
}

/** CPU seconds of Vedette for each CPU second of another, run by run in the same minute. */
function ratio(rows, of) {
  const ours = rows.find(({ name }) => name.startsWith("vedette"));
  const theirs = rows.find(({ name }) => name.startsWith(of));
  return ours?.cpu && theirs?.cpu ? ours.cpu.median / theirs.cpu.median : undefined;
}

/** `only`: beginnings of the contenders' names; default all. */
export async function auditRows({ folder, file, bundle, runs, only = [""] }) {
  const all = auditContenders(folder, file, bundle);
  const rows = await inTurn(
    all.filter(({ name }) => only.some((beginning) => name.startsWith(beginning))),
    runs,
  );
  return { rows, ofAusearch: ratio(rows, "ausearch"), ofLaurel: ratio(rows, "laurel") };
}

export async function authRows({ file, bundle, runs, lines }) {
  const rows = await inTurn(authContenders(file, bundle), runs);
  const r = ratio(rows, "fail2ban");
  return { rows, lines, timesFail2ban: r === undefined ? undefined : 1 / r };
}

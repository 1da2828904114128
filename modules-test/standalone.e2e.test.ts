/** What a newcomer types: the module without root, Docker, audit or Azure, against its embedded edgeHub. */
import { execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { bundle } from "./rig/host/module.ts";

/** nobody(65534) where we are root, ourselves otherwise. */
const someone = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const directory = mkdtempSync(join(tmpdir(), "newcomer-"));
const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  rmSync(directory, { recursive: true, force: true });
});

test("says what it cannot see, and raises the suggested command's alert", async () => {
  install();
  let output = "";
  const module = spawn(process.execPath, ["dist/main.js", "run", "--data", join(directory, "data"), "--json"], {
    cwd: directory,
    ...someone,
    env: { ...process.env, IOTEDGE_WORKLOADURI: "", EdgeHubConnectionString: "", DOCKER_HOST: "unix:///nowhere.sock" },
  });
  stops.push(() => void module.kill("SIGKILL"));
  for (const stream of [module.stdout, module.stderr]) stream.on("data", (text) => (output += text));

  await eventually(() => output.includes("processes: degraded") && output.includes("docker-events: absent"));
  const hint = /in another terminal: (.+)/.exec(output)?.[1];
  expect(hint).toBe("sh -c 'sleep 1; echo cpuminer-multi'");
  spawn("sh", ["-c", hint as string]);
  await eventually(() => output.includes('"uid":"crypto-miner-process"'));

  const ended = new Promise((resolve) => module.once("exit", resolve));
  module.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("a reader that closes the pipe early gets no stack trace", async () => {
  install();
  const doctor = '"$0" dist/main.js doctor | true';
  const options = { cwd: directory, ...someone, env: { ...process.env, DOCKER_HOST: "unix:///nowhere.sock" } };
  const { stdout, stderr } = await promisify(execFile)("sh", ["-c", doctor, process.execPath], options);
  expect([stdout, stderr]).toEqual(["", ""]);
});

/** The bundle in a folder that `someone` can read and write. */
function install(): void {
  mkdirSync(directory, { recursive: true });
  cpSync(join(bundle, ".."), join(directory, "dist"), { recursive: true });
  chmodSync(directory, 0o755);
  if (someone.uid) chownSync(directory, someone.uid, someone.gid);
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await sleep(100);
  expect(holds()).toBe(true);
}

// The built module on a host of files, with an edgeHub that is away: what it must tell stays in its outbox, where it is seen.
import { spawn } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeFlags } from "./logs.mjs";

/** A hub on loopback where nobody listens (port 9, discard). */
const connection =
  "HostName=bench.azure-devices.net;DeviceId=bench;ModuleId=vedette;SharedAccessKey=dmVkZXR0ZQ==;GatewayHostName=127.0.0.1";
/** The widest bounds: of one alert half, so 300 deeds a minute. */
const twin = { limits: { perMinute: 600, perDay: 100_000 } };

export class LiveModule {
  root = mkdtempSync(join(tmpdir(), "vedette-bench-host-"));
  data = mkdtempSync(join(tmpdir(), "vedette-bench-data-"));
  log = join(this.root, "var/log/audit/audit.log");
  output = "";

  /**
   * Settles when the module follows the (empty) audit log.
   *
   * @param {NodeJS.ProcessEnv} [hub] environment of a module whose edgeHub is there
   * @param {string} [hostRoot] `/` for this host instead of one of files
   */
  async start(bundle, hub = { EdgeHubConnectionString: connection }, hostRoot = this.root) {
    for (const folder of ["etc", "var/log/audit", "proc"]) mkdirSync(join(this.root, folder), { recursive: true });
    writeFileSync(join(this.root, "etc/passwd"), "root:x:0:0:root:/root:/bin/bash\n");
    writeFileSync(join(this.root, "etc/group"), "root:x:0:\n");
    writeFileSync(join(this.root, "var/log/auth.log"), "");
    writeFileSync(this.log, "");
    writeFileSync(join(this.root, "twin.json"), JSON.stringify(twin));
    this.descriptor = openSync(this.log, "a");
    const args = ["run", "--data", this.data, "--host-root", hostRoot, "--config", join(this.root, "twin.json")];
    this.child = spawn(process.execPath, [...nodeFlags, bundle, ...args], {
      env: { PATH: process.env.PATH, ...hub, RuntimeLogLevel: "info" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on("data", (chunk) => {
        this.output = (this.output + chunk).slice(-20_000);
      });
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
    for (let i = 0; !/audit-log: (live|degraded)/.test(this.output); i++) {
      if (i === 200 || this.child.exitCode !== null)
        throw new Error(`the module does not follow its audit log: ${this.output}`);
      await sleep(50);
    }
    return this;
  }

  get pid() {
    return this.child.pid;
  }

  /** As auditd: the records of an event in one write. */
  append(text) {
    writeSync(this.descriptor, text, undefined, "latin1");
  }

  size() {
    return statSync(this.log).size;
  }

  /** Bytes of the audit log that the stored state covers. */
  position() {
    try {
      return JSON.parse(readFileSync(join(this.data, "state.json"), "utf8")).positions["audit-log"]?.offset ?? 0;
    } catch {
      return 0;
    }
  }

  /** What lies in the outbox, as text. */
  outbox() {
    const directory = join(this.data, "outbox");
    let text = "";
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && entry.name !== "cursor") text += readFileSync(join(entry.parentPath, entry.name), "latin1");
    return text;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.ended;
    closeSync(this.descriptor);
    for (const folder of [this.root, this.data]) rmSync(folder, { recursive: true, force: true });
  }
}

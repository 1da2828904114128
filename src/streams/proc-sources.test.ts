import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Subject, type Subscription } from "rxjs";
import { afterEach, describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import type { InputMessage, LivingProcess, ProcessLookup, Stream } from "../ports.ts";
import { SourceAbsent } from "../ports.ts";
import { openHostRoot } from "./host-root.ts";
import { openProcessLookup } from "./process-lookup.ts";
import { processes } from "./processes.ts";
import { sockets } from "./sockets.ts";
import { telemetry } from "./telemetry.ts";

const open: Subscription[] = [];
afterEach(() => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
});

function listen(stream: Stream, position?: unknown) {
  const facts: Fact[] = [];
  const errors: unknown[] = [];
  open.push(stream.open(position).subscribe({ next: (f) => facts.push(f), error: (e) => errors.push(e) }));
  const of = <K extends Fact["kind"]>(kind: K) => facts.filter((f): f is Extract<Fact, { kind: K }> => f.kind === kind);
  return { facts, errors, of };
}

const host = openHostRoot("/");

describe("sockets", () => {
  test("tells a listener with its owner, and a connection to it", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const heard = listen(sockets({ hostRoot: host, lookup: openProcessLookup(host), interval: 50 }));
    const listener = () => heard.of("socket.listening").find(({ local }) => local.port === port);
    await expect.poll(listener, { timeout: 5000 }).toMatchObject({ local: { ip: "127.0.0.1" } });
    const client = connect(port, "127.0.0.1");
    const call = () => heard.of("socket.connected").find(({ destination }) => destination.port === port);
    await expect.poll(call, { timeout: 5000 }).toMatchObject({ destination: { ip: "127.0.0.1" }, protocol: "tcp" });
    expect(call()?.inbound).toBeUndefined();
    expect(heard.of("socket.connected").some(({ inbound }) => inbound)).toBe(true);
    expect(heard.of("sockets.counted").length).toBeGreaterThan(0);
    // Live with CAP_SYS_PTRACE, degraded without; never silent about it.
    expect(heard.of("source.reported")).toHaveLength(1);
    client.destroy();
    server.close();
  });

  test("keeps quiet about connections while audit tells them, and counts all the same", async () => {
    const heard = listen(
      sockets({ hostRoot: host, lookup: openProcessLookup(host), interval: 20, tellConnections: () => false }),
    );
    await expect.poll(() => heard.of("sockets.counted").length, { timeout: 5000 }).toBeGreaterThan(2);
    expect(heard.of("socket.connected")).toEqual([]);
  });

  test("is absent where process 1 of the host cannot be seen", async () => {
    const root = mkdtempSync(join(tmpdir(), "sockets-"));
    mkdirSync(join(root, "proc/5"), { recursive: true });
    const hostRoot = openHostRoot(root);
    const heard = listen(sockets({ hostRoot, lookup: openProcessLookup(hostRoot) }));
    await expect.poll(() => heard.errors).toHaveLength(1);
    expect(heard.errors[0]).toBeInstanceOf(SourceAbsent);
    rmSync(root, { recursive: true });
  });
});

describe("sockets of containers", () => {
  const id = "d".repeat(64);
  const row = (local: string, remote: string, state: string, inode: number) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  0        0 ${inode} 1 0 100 0 0 10 0\n`;
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

  function fake(root: string, pid: number, table: string, cgroup = "0::/\n"): void {
    const dir = join(root, "proc", String(pid));
    mkdirSync(join(dir, "net"), { recursive: true });
    writeFileSync(join(dir, "net/tcp"), header + table);
    writeFileSync(join(dir, "cgroup"), cgroup);
    writeFileSync(join(dir, "stat"), `${pid} (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0\n`);
  }

  test("a bridged container is read by itself, one in the host's network is not read twice", async () => {
    const root = mkdtempSync(join(tmpdir(), "sockets-"));
    const hostRow = row("0100000A:C350", "090071CB:01BB", "01", 11);
    fake(root, 1, hostRow);
    fake(root, 50, row("020011AC:C351", "0A0071CB:01BB", "01", 22), `0::/docker/${id}\n`);
    fake(root, 60, hostRow, `0::/docker/${"e".repeat(64)}\n`);
    const hostRoot = openHostRoot(root);
    const heard = listen(sockets({ hostRoot, lookup: openProcessLookup(hostRoot), interval: 3_600_000 }));
    await expect.poll(() => heard.of("sockets.counted")).toMatchObject([{ established: 2 }]);
    expect(heard.of("socket.connected").map((f) => [f.destination.ip, f.process?.container?.id])).toEqual([
      ["203.113.0.9", undefined],
      ["203.113.0.10", id],
    ]);
    rmSync(root, { recursive: true });
  });
});

function bootSeconds(): number {
  return Number(/^btime (\d+)$/m.exec(host.readTextSync("/proc/stat"))?.[1]);
}

/** A process table that the test moves by hand. */
class Table implements ProcessLookup {
  readonly living = new Map<number, LivingProcess>();

  add(pid: number, argv: string[], startTicks = 100): void {
    this.living.set(pid, { pid, ppid: 1, exe: `/bin/${argv[0]}`, argv, comm: argv[0] ?? "", startTicks });
  }
  /** The process executes another program right after it was looked at. */
  readonly becomes = new Map<number, string[]>();

  lookup(pid: number): LivingProcess | undefined {
    const living = this.living.get(pid);
    const next = this.becomes.get(pid);
    if (living && next) {
      this.becomes.delete(pid);
      this.add(pid, next);
    }
    return living;
  }
  pids(): readonly number[] {
    return [...this.living.keys()];
  }
}

describe("processes", () => {
  test("tells what has started since the source before it ended, and not what is older", async () => {
    const table = new Table();
    const uptimeTicks = (Date.now() / 1000 - bootSeconds()) * 100;
    table.add(1, ["init"], 1);
    table.add(70, ["older"], Math.floor(uptimeTicks) - 1_000);
    table.add(71, ["younger"], Math.floor(uptimeTicks) - 100);
    const stream = processes({ hostRoot: host, lookup: table, interval: 10 });
    const heard = listen(stream, { since: Date.now() - 5_000 });
    await expect.poll(() => heard.of("process.started").map(({ process }) => process.argv[0])).toEqual(["younger"]);
    const anew = listen(processes({ hostRoot: host, lookup: table, interval: 10 }));
    await expect.poll(() => anew.of("source.reported").length).toBe(1);
    expect(anew.of("process.started")).toEqual([]);
  });

  const argvs = (facts: readonly Fact[]) =>
    facts.flatMap((f) => (f.kind === "process.started" ? [f.process.argv[0]] : []));

  test("what runs already is known, what comes is told, and the source says what it cannot see", async () => {
    const table = new Table();
    table.add(1, ["init"]);
    const heard = listen(processes({ hostRoot: host, lookup: table, interval: 10 }));
    await expect.poll(() => heard.of("source.reported")).toMatchObject([{ state: "degraded", source: "processes" }]);
    table.add(2, ["curl"]);
    await expect.poll(() => argvs(heard.facts)).toEqual(["curl"]);
  });

  test("a process met between fork and exec is told again under its new program", async () => {
    const table = new Table();
    table.add(1, ["init"]);
    const heard = listen(processes({ hostRoot: host, lookup: table, interval: 10 }));
    await expect.poll(() => heard.of("source.reported")).toHaveLength(1);
    table.becomes.set(2, ["nc"]);
    table.add(2, ["sh"]);
    await expect.poll(() => argvs(heard.facts)).toEqual(["sh", "nc"]);
  });

  test("a flood is told in part and counted", async () => {
    const table = new Table();
    table.add(1, ["init"]);
    const heard = listen(processes({ hostRoot: host, lookup: table, interval: 30 }));
    await expect.poll(() => heard.of("source.reported")).toHaveLength(1);
    for (let pid = 2; pid < 802; pid += 1) table.add(pid, ["bomb"]);
    await expect.poll(() => heard.of("coverage.lost")).toMatchObject([{ source: "processes", lost: 288 }]);
    expect(argvs(heard.facts)).toHaveLength(512);
  });

  test("a real process of this machine", async () => {
    const heard = listen(processes({ hostRoot: host, lookup: openProcessLookup(host), interval: 20 }));
    await expect.poll(() => heard.of("source.reported")).toHaveLength(1);
    const child = spawn("sleep", ["30.125"]);
    const found = () => heard.of("process.started").find(({ process }) => process.argv[1] === "30.125");
    await expect.poll(found, { timeout: 5000 }).toMatchObject({ process: { pid: child.pid, ppid: process.pid } });
    expect(Math.abs((found()?.at ?? 0) - Date.now())).toBeLessThan(60_000);
    child.kill();
  });

  test("is absent where no process can be seen", async () => {
    const heard = listen(processes({ hostRoot: host, lookup: new Table() }));
    await expect.poll(() => heard.errors).toHaveLength(1);
    expect(heard.errors[0]).toBeInstanceOf(SourceAbsent);
  });
});

describe("telemetry", () => {
  const message = (input: string, deviceId?: string, moduleId?: string): InputMessage => ({
    input,
    body: Buffer.from("12345"),
    properties: {},
    deviceId,
    moduleId,
  });

  test("measures the messages of its input and leaves out others", () => {
    const inputs = new Subject<InputMessage>();
    const heard = listen(telemetry(inputs, () => 42));
    inputs.next(message("telemetry", "edge", "sensor"));
    inputs.next(message("telemetry", "leaf"));
    inputs.next(message("other", "edge", "sensor"));
    inputs.next(message("telemetry"));
    inputs.next(message("telemetry", ""));
    expect(heard.of("message.seen")).toEqual([
      { kind: "message.seen", at: 42, deviceId: "edge", moduleId: "sensor", bytes: 5 },
      { kind: "message.seen", at: 42, deviceId: "leaf", bytes: 5 },
    ]);
    expect(heard.of("source.reported")).toHaveLength(1);
  });

  test("ids are clipped to what IoT Hub allows", () => {
    const inputs = new Subject<InputMessage>();
    const heard = listen(telemetry(inputs));
    inputs.next(message("telemetry", "d".repeat(500), "m".repeat(500)));
    expect(heard.of("message.seen")[0]).toMatchObject({ deviceId: "d".repeat(128), moduleId: "m".repeat(128) });
  });
});

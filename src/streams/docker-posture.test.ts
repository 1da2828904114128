import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Subject, type Subscription } from "rxjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import { SourceAbsent } from "../ports.ts";
import type { DockerApi } from "./docker-client.ts";
import { dockerPosture } from "./docker-posture.ts";
import { openHostRoot } from "./host-root.ts";
import { openProcessLookup } from "./process-lookup.ts";

let root: string;
const open: Subscription[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "posture-"));
});
afterEach(() => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (address: string, inode: number) =>
  `   0: ${address} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`;

/** A dockerd with these arguments and sockets; `owned` are the inodes among its descriptors, undefined = unreadable. */
function dockerd(args: string[], sockets: [address: string, inode: number][] = [], owned?: number[]): void {
  const dir = "proc/500";
  write(`${dir}/stat`, `500 (dockerd) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0\n`);
  write(`${dir}/comm`, "dockerd\n");
  write(`${dir}/cmdline`, `${["/usr/bin/dockerd", ...args].join("\0")}\0`);
  write(`${dir}/net/tcp`, header + sockets.map(([address, inode]) => row(address, inode)).join(""));
  if (!owned) return;
  mkdirSync(join(root, dir, "fd"), { recursive: true });
  for (const inode of owned) symlinkSync(`socket:[${inode}]`, join(root, dir, "fd", String(inode)));
}

const anyPort2375 = "00000000:0947";
const anyPort2376 = "00000000:0948";

function look(info?: unknown, trigger = new Subject<void>()) {
  const facts: Fact[] = [];
  const errors: unknown[] = [];
  const hostRoot = openHostRoot(root);
  const api = {
    address: "x",
    info: () => (info === undefined ? Promise.reject(new Error("no engine")) : Promise.resolve(info)),
  } as unknown as DockerApi;
  const stream = dockerPosture({ hostRoot, lookup: openProcessLookup(hostRoot), api, trigger, interval: 3_600_000 });
  open.push(stream.open().subscribe({ next: (f) => facts.push(f), error: (e) => errors.push(e) }));
  const postures = () => facts.flatMap((f) => (f.kind === "docker.posture" ? [f.listeners] : []));
  const states = () => facts.flatMap((f) => (f.kind === "source.reported" ? [f.state] : []));
  return { facts, errors, postures, states, trigger };
}

describe("docker posture", () => {
  test("arguments and an owned socket prove an open daemon", async () => {
    dockerd(["-H", "fd://", "-H", "tcp://0.0.0.0:2375"], [[anyPort2375, 77]], [77]);
    const { postures, states } = look({
      Warnings: ["WARNING: API is accessible on http://0.0.0.0:2375 without encryption."],
    });
    await expect
      .poll(postures)
      .toEqual([[{ host: "0.0.0.0", port: 2375, tls: "none", seenIn: ["socket", "command-line", "info-warning"] }]]);
    expect(states()).toEqual(["live"]);
  });

  test("a port that another program listens on proves nothing", async () => {
    dockerd(["-H", "fd://"], [[anyPort2375, 77]], [78]);
    const { postures } = look();
    await expect.poll(postures).toEqual([[]]);
  });

  test("descriptors that may not be read: the port number stands in, and the source is degraded", async () => {
    dockerd(["-H", "tcp://0.0.0.0:2375"], [[anyPort2375, 77]]);
    const { postures, states } = look();
    await expect.poll(postures).toMatchObject([[{ seenIn: ["socket", "command-line"] }]]);
    expect(states()).toEqual(["degraded"]);
  });

  test("daemon.json with client certificates", async () => {
    dockerd(["-H", "fd://"], [[anyPort2376, 77]], [77]);
    write("etc/docker/daemon.json", '{"hosts": ["tcp://0.0.0.0:2376"], "tlsverify": true, "tlscacert": "/ca.pem"}');
    const { postures } = look();
    await expect
      .poll(postures)
      .toEqual([[{ host: "0.0.0.0", port: 2376, tls: "tlsverify", seenIn: ["socket", "daemon.json"] }]]);
  });

  test("the host in daemon.json, the certificates in the arguments", async () => {
    dockerd(["--tlsverify", "--tlscacert=/ca.pem"], [[anyPort2376, 77]], [77]);
    write("etc/docker/daemon.json", '{"hosts": ["tcp://0.0.0.0:2376"]}');
    const { postures } = look();
    await expect.poll(postures).toMatchObject([[{ tls: "tlsverify" }]]);
  });

  test("TLS without a client certificate is told apart", async () => {
    dockerd(["--tls", "-H", "tcp://0.0.0.0:2376"], [], []);
    await expect.poll(look().postures).toMatchObject([[{ tls: "tls" }]]);
  });

  test("a drop-in replaces the unit's command", async () => {
    write("lib/systemd/system/docker.service", "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n");
    const { postures, trigger, states } = look();
    await expect.poll(postures).toEqual([[]]);
    expect(states()).toEqual(["degraded"]);
    write(
      "etc/systemd/system/docker.service.d/tcp.conf",
      "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375\n",
    );
    trigger.next();
    await expect.poll(postures).toHaveLength(2);
    expect(postures()[1]).toEqual([{ host: "0.0.0.0", port: 2375, tls: "none", seenIn: ["systemd"] }]);
  });

  test("a unit in /etc masks that of the package, and DOCKER_OPTS counts only where it is used", async () => {
    write("lib/systemd/system/docker.service", "ExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:1\n");
    write(
      "etc/systemd/system/docker.service",
      "EnvironmentFile=-/etc/default/docker\nExecStart=/usr/sbin/dockerd $DOCKER_OPTS\n",
    );
    write("etc/default/docker", 'DOCKER_OPTS="-H tcp://10.0.0.1:4243"\n');
    await expect.poll(look().postures).toMatchObject([[{ host: "10.0.0.1", port: 4243, seenIn: ["systemd"] }]]);
  });

  test("DOCKER_OPTS that the unit does not use is nothing", async () => {
    write("lib/systemd/system/docker.service", "ExecStart=/usr/bin/dockerd -H fd://\n");
    write("etc/default/docker", 'DOCKER_OPTS="-H tcp://10.0.0.1:4243"\n');
    await expect.poll(look().postures).toEqual([[]]);
  });

  test("a socket unit that listens on TCP", async () => {
    write("lib/systemd/system/docker.service", "ExecStart=/usr/bin/dockerd -H fd://\n");
    write("lib/systemd/system/docker.socket", "[Socket]\nListenStream=/run/docker.sock\n");
    write("etc/systemd/system/docker.socket.d/x.conf", "[Socket]\nListenStream=2375\n");
    await expect.poll(look().postures).toEqual([[{ host: "::", port: 2375, tls: "none", seenIn: ["systemd"] }]]);
  });

  test("metrics and swarm ports are no API", async () => {
    dockerd(
      ["--metrics-addr", "0.0.0.0:9323", "-H", "fd://"],
      [
        ["00000000:246B", 1],
        ["00000000:0949", 2],
      ],
      [1, 2],
    );
    await expect.poll(look().postures).toEqual([[]]);
  });

  test("the same posture is told once", async () => {
    dockerd(["-H", "fd://"], [], []);
    const { facts, postures, trigger } = look();
    await expect.poll(postures).toHaveLength(1);
    trigger.next();
    trigger.next();
    dockerd(["-H", "tcp://127.0.0.1:2375"], [], []);
    trigger.next();
    await expect.poll(postures).toHaveLength(2);
    expect(facts.filter((f) => f.kind === "source.reported")).toHaveLength(1);
  });

  test("the client is no daemon", async () => {
    write("proc/501/stat", "501 (docker) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0\n");
    write("proc/501/comm", "docker\n");
    write("proc/501/cmdline", "docker\0-H\0tcp://10.0.0.5:2375\0ps\0");
    await expect.poll(look({ Warnings: null }).postures).toEqual([[]]);
  });

  test("a host without any trace of Docker has no such source", async () => {
    const { errors } = look();
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(SourceAbsent);
  });
});

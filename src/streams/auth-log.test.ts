import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fact } from "../events/fact.ts";
import { SourceAbsent } from "../ports.ts";
import { authLog } from "./auth-log.ts";
import { openHostRoot } from "./host-root.ts";
import { hostTimeZone, zoneOffset } from "./host-time-zone.ts";

const line = (second: number, port: number) =>
  `Jun 15 10:00:0${second} edge sshd[1]: Failed password for pi from 198.51.100.7 port ${port} ssh2\n`;
let root: string;
let stops: (() => void)[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "auth-"));
  mkdirSync(join(root, "var/log"), { recursive: true });
  mkdirSync(join(root, "etc"));
});
afterEach(() => {
  for (const stop of stops) stop();
  stops = [];
  rmSync(root, { recursive: true });
});

const log = (name: string) => join(root, "var/log", name);

/** As it would be stored at the file's first byte. */
function beginningOf(name: string): unknown {
  const { dev, ino } = statSync(log(name));
  return { path: `/var/log/${name}`, place: { device: dev, inode: ino, offset: 0 } };
}

function open(position?: unknown) {
  const facts: Fact[] = [];
  const errors: unknown[] = [];
  const subscription = authLog({ hostRoot: openHostRoot(root) })
    .open(position)
    .subscribe({ next: (fact) => facts.push(fact), error: (error) => errors.push(error) });
  const stop = () => subscription.unsubscribe();
  stops.push(stop);
  const of = (kind: string) => facts.filter((fact) => fact.kind === kind);
  const ports = () => of("login.failed").map((fact) => (fact.kind === "login.failed" ? fact.source?.port : 0));
  return { errors, of, ports, stop };
}

describe("auth-log", () => {
  test("without a position it begins at the end; with one, where it left", async () => {
    writeFileSync(log("auth.log"), line(1, 1));
    const first = open();
    // when the file is opened cannot be seen from outside: so it grows until somebody reads
    await vi.waitFor(() => {
      appendFileSync(log("auth.log"), line(2, 2));
      expect(first.ports()).not.toEqual([]);
    }, 5000);
    first.stop();
    expect(new Set(first.ports())).toEqual(new Set([2]));
    const position = first.of("source.advanced").at(-1) as { position: unknown };
    appendFileSync(log("auth.log"), line(3, 3));
    const second = open(JSON.parse(JSON.stringify(position.position)));
    await vi.waitFor(() => expect(second.ports()).toContain(3), 5000);
    expect(second.ports()).not.toContain(1);
  });

  test("what the parser holds back travels with the place, so that a killed module loses no login", async () => {
    const opened = (pid: number) =>
      `${stamp} edge login[${pid}]: pam_unix(login:session): session opened for user pi(uid=1000) by LOGIN(uid=0)\n`;
    const stamp = new Date().toISOString();
    writeFileSync(log("auth.log"), "");
    const first = open(beginningOf("auth.log"));
    appendFileSync(log("auth.log"), opened(77));
    const place = { offset: opened(77).length };
    await vi.waitFor(() => expect(first.of("source.advanced").at(-1)).toMatchObject({ position: { place } }), 5000);
    const { position } = first.of("source.advanced").at(-1) as { position: unknown };
    expect(first.of("login.succeeded")).toEqual([]);
    first.stop();
    const second = open(JSON.parse(JSON.stringify(position)));
    await vi.waitFor(() => expect(second.of("login.succeeded")).toMatchObject([{ user: "pi", pid: 77 }]), 7000);
  });

  test("the place after the last line is told in the end", async () => {
    writeFileSync(log("auth.log"), "");
    const watched = open(beginningOf("auth.log"));
    for (let port = 1; port <= 5; port++) {
      appendFileSync(log("auth.log"), line(port, port));
      await vi.waitFor(() => expect(watched.ports()).toHaveLength(port), 5000);
    }
    const place = { offset: line(1, 1).length * 5 };
    await vi.waitFor(() => expect(watched.of("source.advanced").at(-1)).toMatchObject({ position: { place } }), 5000);
  });

  test("Red Hat's file is found, and the one written last wins", async () => {
    writeFileSync(log("auth.log"), "");
    utimesSync(log("auth.log"), new Date(0), new Date(0));
    writeFileSync(log("secure"), line(1, 1));
    const watched = open(beginningOf("secure"));
    await vi.waitFor(() => expect(watched.ports()).toEqual([1]), 5000);
  });

  test("a file that nobody writes any more is reported as degraded, with a remedy", () => {
    writeFileSync(log("auth.log"), "");
    utimesSync(log("auth.log"), new Date(0), new Date(0));
    expect(open().of("source.reported")).toMatchObject([
      { state: "degraded", remedy: expect.stringContaining("rsyslog") },
    ]);
  });

  test("without any file the source is absent", () => {
    expect(open().errors[0]).toBeInstanceOf(SourceAbsent);
  });
});

describe("the host's time zone", () => {
  test("comes from the link, else from /etc/timezone, else is unknown", () => {
    const host = openHostRoot(root);
    expect(hostTimeZone(host)).toBeUndefined();
    writeFileSync(join(root, "etc/timezone"), "Europe/Berlin\n");
    expect(hostTimeZone(host)).toBe("Europe/Berlin");
    symlinkSync("/usr/share/zoneinfo/Asia/Tokyo", join(root, "etc/localtime"));
    expect(hostTimeZone(host)).toBe("Asia/Tokyo");
  });

  test("knows summer and winter time", () => {
    const berlin = zoneOffset("Europe/Berlin");
    expect([berlin(Date.UTC(2026, 6, 1, 12)), berlin(Date.UTC(2026, 0, 1, 12))]).toEqual([120, 60]);
    expect(zoneOffset("Asia/Kolkata")(0)).toBe(330);
    expect(zoneOffset("no/zone")(0)).toBe(0);
  });
});

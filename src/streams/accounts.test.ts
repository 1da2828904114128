import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fact } from "../events/fact.ts";
import { SourceAbsent } from "../ports.ts";
import { accounts } from "./accounts.ts";
import { openHostRoot } from "./host-root.ts";

const passwd = "root:x:0:0:root:/root:/bin/bash\npi:x:1000:1000::/home/pi:/bin/bash\n";
const group = "root:x:0:\ndocker:x:999:\npi:x:1000:\n";
let root: string;
let stops: (() => void)[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "accounts-"));
  mkdirSync(join(root, "etc"));
  replace("passwd", passwd);
  replace("group", group);
});
afterEach(() => {
  for (const stop of stops) stop();
  stops = [];
  rmSync(root, { recursive: true });
});

/** As shadow's tools do it. */
function replace(file: string, text: string): void {
  writeFileSync(join(root, "etc", `${file}+`), text);
  renameSync(join(root, "etc", `${file}+`), join(root, "etc", file));
}

function open(position?: unknown, pollMs = 60_000) {
  const facts: Fact[] = [];
  const errors: unknown[] = [];
  const stream = accounts({ hostRoot: openHostRoot(root), settleMs: 10, pollMs });
  const subscription = stream
    .open(position)
    .subscribe({ next: (fact) => facts.push(fact), error: (e) => errors.push(e) });
  stops.push(() => subscription.unsubscribe());
  const of = (kind: string) => facts.filter((fact) => fact.kind === kind);
  const position_ = () => of("source.advanced").at(-1) as { position: unknown } | undefined;
  return {
    facts,
    errors,
    of,
    ready: () => vi.waitFor(() => expect(of("source.advanced")).not.toEqual([])),
    last: position_,
  };
}

describe("the account files", () => {
  test("the first look is a baseline: live, a position, no changes", async () => {
    const watched = open();
    await watched.ready();
    expect(watched.facts.map(({ kind }) => kind)).toEqual(["source.reported", "source.advanced"]);
  });

  test("a file that is replaced by rename is read, and told once", async () => {
    const watched = open();
    await watched.ready();
    replace("group", group.replace("999:", "999:pi"));
    await vi.waitFor(() => expect(watched.of("group.joined")).toMatchObject([{ user: "pi", group: "docker" }]));
    replace("group", group.replace("999:", "999:pi"));
    replace("passwd", passwd.replace(/pi:.*\n/, ""));
    await vi.waitFor(() => expect(watched.of("account.deleted")).toHaveLength(1));
    expect(watched.of("group.joined")).toHaveLength(1);
  });

  test("without inotify the next look sees it", async () => {
    const watched = open(undefined, 20);
    await watched.ready();
    writeFileSync(join(root, "etc", "group"), group.replace("999:", "999:pi"));
    await vi.waitFor(() => expect(watched.of("group.joined")).toHaveLength(1));
  });

  test("changes made while the module was down are told at the start, also when the position went through JSON", async () => {
    const before = open();
    await before.ready();
    for (const stop of stops) stop();
    replace("passwd", `${passwd}eve:x:0:0::/root:/bin/sh\n`);
    const watched = open(JSON.parse(JSON.stringify(before.last()?.position)));
    await watched.ready();
    expect(watched.of("account.created")).toMatchObject([{ user: "eve", uid: 0, home: "/root" }]);
  });

  test("a half written passwd is nobody's deletion, and is reported when it stays", async () => {
    const watched = open(undefined, 10);
    await watched.ready();
    writeFileSync(join(root, "etc", "passwd"), "");
    await vi.waitFor(() => expect(watched.of("source.reported").at(-1)).toMatchObject({ state: "degraded" }));
    replace("passwd", passwd);
    await vi.waitFor(() => expect(watched.of("source.reported").at(-1)).toMatchObject({ state: "live" }));
    expect(watched.of("account.deleted")).toEqual([]);
  });

  test("without the files the source is absent, with a remedy", async () => {
    rmSync(join(root, "etc"), { recursive: true });
    const watched = open();
    await vi.waitFor(() => expect(watched.errors[0]).toBeInstanceOf(SourceAbsent));
    expect((watched.errors[0] as SourceAbsent).remedy).toContain("mount");
  });
});

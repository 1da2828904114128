import { describe, expect, test } from "vitest";
import { auditdStarting } from "./auditd-start.ts";
import { RecordLines } from "./record-lines.ts";
import { SerialGaps } from "./serial-gaps.ts";

/** A datagram as kauditd sends it: its length field does not count the header (kernel/audit.c `audit_log_end`). */
function datagram(type: number, text: string): Buffer {
  const bytes = Buffer.alloc(16 + text.length);
  bytes.writeUInt32LE(text.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.write(text, 16, "latin1");
  return bytes;
}

function linesOf(...datagrams: readonly Buffer[]): string {
  let all = "";
  const lines = new RecordLines((bytes) => {
    all += bytes.toString("latin1");
  });
  for (const each of datagrams) lines.add(each);
  lines.give();
  return all;
}

describe("records from the kernel", () => {
  test("become the lines of auditd's log", () => {
    const text = "audit(1700000000.123:7): arch=c000003e syscall=59";
    expect(linesOf(datagram(1300, text), datagram(1320, "audit(1700000000.123:7): "))).toBe(
      `type=SYSCALL msg=${text}\ntype=EOE msg=audit(1700000000.123:7):\n`,
    );
  });

  test("that nothing wants are dropped, and so are those without text", () => {
    expect(linesOf(datagram(1325, "audit(1.000:1): table=nat"), datagram(1300, ""), Buffer.alloc(3))).toBe("");
  });

  test("cannot bring a second line with them", () => {
    const text = "audit(1.000:1): pid=1 msg='x\ntype=DAEMON_END msg=audit(1.000:2): y'\0";
    expect(linesOf(datagram(1100, text)).split("\n")).toHaveLength(2);
  });

  test("are given on before the room is full", () => {
    const given: number[] = [];
    const lines = new RecordLines((bytes) => given.push(bytes.length));
    for (let i = 0; i < 20; i++) lines.add(datagram(1309, `audit(1.000:1): ${"a".repeat(8_000)}`));
    lines.give();
    expect(given.length).toBeGreaterThan(1);
    expect(given.reduce((sum, n) => sum + n)).toBe(20 * ("type=EXECVE msg=".length + 16 + 8_000 + 1));
  });
});

describe("gaps in the numbers of events", () => {
  const saw = (gaps: SerialGaps, ...serials: readonly number[]) => {
    for (const serial of serials) gaps.saw(datagram(1300, `audit(1700000000.123:${serial}): x`), 16);
  };

  test("are none where events come out of order or twice", () => {
    const gaps = new SerialGaps();
    saw(gaps, 10, 12, 11, 11, 13, 12);
    expect(gaps.settle(true)).toBe(0);
  });

  test("are counted once, and what comes after is judged anew", () => {
    const gaps = new SerialGaps();
    saw(gaps, 10, 13);
    expect(gaps.settle(true)).toBe(2);
    saw(gaps, 14, 16);
    expect([gaps.settle(true), gaps.settle(true)]).toEqual([1, 0]);
  });

  test("wait while events are still coming", () => {
    const gaps = new SerialGaps();
    saw(gaps, 10, 12);
    expect(gaps.settle(false)).toBe(0);
    saw(gaps, 11);
    expect(gaps.settle(true)).toBe(0);
  });

  test("longer than the memory are counted whole", () => {
    const gaps = new SerialGaps();
    saw(gaps, 1, 100_001);
    expect(gaps.settle(true)).toBe(99_999);
  });

  test("are none at a first event, and none after the numbers began again", () => {
    const gaps = new SerialGaps();
    saw(gaps, 500_000, 3, 4);
    expect(gaps.settle(true)).toBe(0);
  });

  test("are not seen in what is no record", () => {
    const gaps = new SerialGaps();
    gaps.saw(Buffer.from("no record at all, only text"), 0);
    gaps.saw(Buffer.alloc(0), 16);
    expect(gaps.settle(true)).toBe(0);
  });
});

describe("the start of an audit daemon", () => {
  /** No process has this pid. */
  const started = (comm: string, exe: string, euid = 0) =>
    datagram(
      1300,
      `audit(1.000:1): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=4999999 uid=0 euid=${euid} tty=(none) comm="${comm}" exe="${exe}" key="vedette"`,
    );

  test("is told with its pid", () => {
    expect(auditdStarting(started("auditd", "/usr/sbin/auditd"))).toBe(4_999_999);
    expect(auditdStarting(started("auditd", "/sbin/auditd"))).toBe(4_999_999);
  });

  test("is not that of another program, place or user", () => {
    expect(auditdStarting(started("auditctl", "/usr/sbin/auditctl"))).toBeUndefined();
    expect(auditdStarting(started("auditd", "/tmp/auditd"))).toBeUndefined();
    expect(auditdStarting(started("auditd", "/usr/sbin/auditd", 1000))).toBeUndefined();
  });
});

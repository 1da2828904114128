/** Audit records as the kernel and auditd write them, of hostile processes; and the same, damaged. */
import fc from "fast-check";
import type { Fact } from "../../src/events/fact.ts";
import { AuditParser } from "../../src/parsers/audit/audit-parser.ts";
import type { InputKind, Subject } from "./kind.ts";
import { bytesOf, forgedPid, numeral, paths, text } from "./words.ts";

/** As the kernel logs what users choose (audit_log_untrustedstring): quoted, or hex where it holds `"`, control or 8-bit. */
function untrusted(value: string): string {
  // A field of a megabyte as it is written: the kernel's own records end at 8,970 bytes (MAX_AUDIT_MESSAGE_LENGTH).
  const bytes = Buffer.from(value, "utf8").subarray(0, 1 << 19);
  const plain = bytes.every((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x22);
  return plain ? `"${bytes.toString("latin1")}"` : bytes.toString("hex").toUpperCase();
}

const call = (syscall: number, more = "") =>
  `arch=c000003e syscall=${syscall} success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=100 pid=200 auid=1000 uid=1000 gid=1000 euid=0 tty=pts0 ses=3 ${more}`;

const record = (type: string, serial: number, at: number, fields: string) =>
  `type=${type} msg=audit(${Math.floor(at / 1000)}.${String(at % 1000).padStart(3, "0")}:${serial}): ${fields}\n`;

const word = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: fc.constantFrom(...paths) });
const argv = fc.oneof(
  { weight: 2, arbitrary: fc.array(word, { minLength: 1, maxLength: 6 }) },
  { weight: 2, arbitrary: text.map((script) => ["sh", "-c", script]) },
  { weight: 2, arbitrary: text.map((line) => line.split(" ")) },
);
const program = fc.oneof(fc.constantFrom("/bin/sh", "/usr/bin/curl", "/tmp/x", "/usr/sbin/useradd"), word);

type Body = readonly [type: string, fields: string][];

const execution: fc.Arbitrary<Body> = fc.tuple(program, argv, word).map(([exe, words, cwd]) => [
  ["SYSCALL", call(59, `comm=${untrusted(exe.slice(-15))} exe=${untrusted(exe)} key="vedette-exec"`)],
  ["EXECVE", `argc=${words.length} ${words.map((w, i) => `a${i}=${untrusted(w)}`).join(" ")}`],
  ["CWD", `cwd=${untrusted(cwd)}`],
  ["PATH", `item=0 name=${untrusted(exe)} inode=1 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL`],
  ["PROCTITLE", `proctitle=${Buffer.from(words.join("\0")).toString("hex")}`],
]);

const change: fc.Arbitrary<Body> = fc
  .tuple(
    fc.constantFrom(257, 2, 87, 82, 90, 92, 76, 86),
    program,
    word,
    word,
    fc.constantFrom("CREATE", "DELETE", "NORMAL", "PARENT"),
  )
  .map(([syscall, exe, path, other, nametype]) => [
    ["SYSCALL", call(syscall, `comm="x" exe=${untrusted(exe)} key="vedette-files"`)],
    ["CWD", `cwd="/root"`],
    [
      "PATH",
      `item=0 name=${untrusted(path)} inode=5 dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=${nametype}`,
    ],
    ["PATH", `item=1 name=${untrusted(other)} inode=6 dev=fe:00 mode=0104755 ouid=0 ogid=0 rdev=00:00 nametype=CREATE`],
    ["PROCTITLE", "proctitle=78"],
  ]);

const connection: fc.Arbitrary<Body> = fc
  .tuple(
    fc.constantFrom(42, 49, 62),
    program,
    fc.oneof(
      fc.string({ unit: fc.constantFrom(..."0123456789ABCDEF"), maxLength: 60 }),
      fc.constantFrom("0200115CCB00710900000000", "0A00"),
    ),
  )
  .map(([syscall, exe, address]) => [
    ["SYSCALL", call(syscall, `comm="nc" exe=${untrusted(exe)}`)],
    ["SOCKADDR", `saddr=${address}`],
    ["OBJ_PID", `opid=1 oauid=0 ouid=0 oses=1 ocomm=${untrusted(exe)}`],
    ["PROCTITLE", "proctitle=6E63"],
  ]);

/** Records that a user-space program sends; `acct`, `hostname` and `terminal` are what a stranger types. */
const told: fc.Arbitrary<Body> = fc
  .tuple(
    fc.constantFrom(
      ..."USER_LOGIN USER_AUTH USER_ACCT USER_START USER_CMD ADD_USER DEL_USER ADD_GROUP USER_MGMT USER_CHAUTHTOK SERVICE_START SERVICE_STOP CONFIG_CHANGE DAEMON_START DAEMON_END DAEMON_ABORT ANOM_ABEND SYSTEM_SHUTDOWN SYSTEM_BOOT UNKNOWN[1400]".split(
        " ",
      ),
    ),
    word,
    word,
    fc.constantFrom("success", "failed"),
  )
  .map(([type, account, host, res]) => [
    [
      type,
      `pid=300 uid=0 auid=1000 ses=3 msg='op=add-user grp=${untrusted(host)} acct=${untrusted(account)} unit=${untrusted(account)} exe="/usr/sbin/sshd" hostname=${untrusted(host).replaceAll(/[\s']/g, "?")} addr=198.51.100.7 terminal=ssh res=${res}'`,
    ],
  ]);

/** Written by nobody who keeps to a format. */
const nonsense: fc.Arbitrary<Body> = fc
  .array(
    fc.tuple(
      fc.constantFrom("SYSCALL", "EXECVE", "PATH", "CWD", "SOCKADDR", "PROCTITLE", "USER_AUTH", "EOE"),
      // It stands four times in a record: a megabyte together.
      text.map((value) => value.slice(0, 1 << 18)),
      numeral,
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((records) =>
    records.map(
      ([type, value, number]) =>
        [
          type,
          `argc=${number} a0=${value} item=${number} name=${value} pid=${number} syscall=59 a${number}[${number}]=${value} saddr=${value}`,
        ] as const,
    ),
  );

interface AuditInput {
  /** Encoded as the kernel does, nothing lost: what it tells must be what was done. */
  readonly faithful: boolean;
  readonly bytes: Buffer;
}

const faithful = fc.oneof(execution, change, connection, told);
const body = fc.oneof({ weight: 4, arbitrary: faithful }, { weight: 1, arbitrary: nonsense });
const lines = (of: Body, stamp: (type: string, fields: string) => string) =>
  of.map(([type, fields]) => stamp(type, fields));
let serial = 1;

const sound = (at: () => number): fc.Arbitrary<AuditInput> =>
  faithful.map((of) => {
    const number = serial++;
    return {
      faithful: true,
      bytes: Buffer.from(lines(of, (type, fields) => record(type, number, at(), fields)).join("")),
    };
  });

const damaged = (at: () => number): fc.Arbitrary<AuditInput> =>
  bytesOf(
    fc
      .tuple(body, numeral, fc.array(fc.nat(9), { maxLength: 3 }), fc.nat(4096), text)
      .map(([of, number, drop, cut, extra]) => {
        const written = lines(of, (type, fields) =>
          cut % 5 === 0
            ? `type=${type} msg=audit(${number}.${number}:${number}): ${fields}\n`
            : record(type, serial, at(), fields),
        ).filter((_, index) => !drop.includes(index));
        serial++;
        const whole = written.join("");
        return cut % 3 === 0 ? `${whole.slice(0, cut)}${extra}\n${whole.slice(cut)}` : whole;
      }),
  ).map((bytes) => ({ faithful: false, bytes }));

export function audit(now: () => number): InputKind<AuditInput> {
  return {
    name: "audit records",
    share: 34,
    arbitrary: fc.oneof(sound(now), damaged(now)),
    feed(subject: Subject, input) {
      const parser = new AuditParser();
      const facts: Fact[] = [];
      parser.push(input.bytes, (fact) => facts.push(fact));
      parser.flush((fact) => facts.push(fact));
      if (input.faithful && facts.some((fact) => "process" in fact && fact.process?.pid === forgedPid))
        subject.violated("forged", "a process of forged text was believed");
      for (const fact of facts) subject.take(fact);
    },
  };
}

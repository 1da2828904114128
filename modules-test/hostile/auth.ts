/** Lines of auth.log with user names and hosts that a stranger chose; and lines that nobody's daemon wrote. */
import fc from "fast-check";
import type { Fact } from "../../src/events/fact.ts";
import { AuthParser } from "../../src/parsers/auth/auth-parser.ts";
import type { InputKind } from "./kind.ts";
import { bytesOf, forgedAddress, numeral, text } from "./words.ts";

/** rsyslog's default `$EscapeControlCharactersOnReceive`: `#` and three octal digits, which is all that keeps a line one. */
const escaped = (name: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  name.replaceAll(/[\x00-\x1f\x7f]/g, (c) => `#${c.charCodeAt(0).toString(8).padStart(3, "0")}`);

/** Messages of sshd about a name; the peer is the last `from`. */
const sshd = [
  "Failed password for invalid user % from 198.51.100.7 port 50000 ssh2",
  "Failed password for % from 198.51.100.7 port 50000 ssh2",
  "Invalid user % from 198.51.100.7 port 50000",
  "Connection closed by invalid user % 198.51.100.7 port 50000 [preauth]",
  "Accepted publickey for % from 198.51.100.7 port 50000 ssh2: ED25519 SHA256:abc",
  "Connection closed by authenticating user % 198.51.100.7 port 50000 [preauth]",
  "Disconnecting invalid user % 198.51.100.7 port 50000: Too many authentication failures [preauth]",
];

/** Messages of other services; where the peer stands differs, and some end with the name. */
const others = [
  ["login", "FAILED LOGIN (1) on '/dev/tty1' FOR '%', Authentication failure"],
  [
    "login",
    "pam_unix(login:auth): authentication failure; logname=LOGIN uid=0 euid=0 tty=/dev/tty1 ruser= rhost=% user=%",
  ],
  ["su", "FAILED SU (to root) % on pts/0"],
  ["sudo", "% : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/%"],
  ["vsftpd", '[%] FAIL LOGIN: Client "198.51.100.7"'],
  ["dropbear", "Bad password attempt for '%' from 198.51.100.7:50000"],
  ["proftpd", "host (%[198.51.100.7]) - USER % (Login failed): Incorrect password"],
  ["systemd-logind", "New session 3 of user %."],
  ["gdm-password]", "gkr-pam: unable to locate daemon control file %"],
  ["cockpit", "message repeated 999999 times: [ Failed password for % from 198.51.100.7 port 1 ssh2]"],
] as const;

interface AuthInput {
  readonly faithful: boolean;
  readonly bytes: Buffer;
}

const stamp = (at: number) => new Date(at).toISOString().replace("Z", "+00:00");
const filled = (form: string, name: string) => form.split("%").join(name);

export function auth(now: () => number): InputKind<AuthInput> {
  const name = text.map((raw) => escaped(raw).slice(0, 8192));
  const sound = fc.tuple(fc.constantFrom(...sshd), name, fc.nat(99_999)).map(([form, user, pid]) => ({
    faithful: true,
    bytes: Buffer.from(`${stamp(now())} host sshd[${pid}]: ${filled(form, user)}\n`),
  }));
  const foreign = fc.tuple(fc.constantFrom(...others), name, fc.nat(99_999)).map(([[service, form], user, pid]) => ({
    faithful: false,
    bytes: Buffer.from(`${stamp(now())} host ${service}[${pid}]: ${filled(form, user)}\n`),
  }));
  const free = bytesOf(
    fc
      .tuple(text, text, numeral, fc.nat(3))
      .map(
        ([a, b, number, way]) =>
          [
            `${stamp(now())} ${a} sshd[${number}]: ${b}\n`,
            `Dec 10 10:00:${number} host ${a}[1]: ${b}\n`,
            `__REALTIME_TIMESTAMP=${number}000000\nSYSLOG_IDENTIFIER=sshd\n_PID=${number}\nMESSAGE=Failed password for ${a} from ${b} port ${number} ssh2\n\n`,
            `${a}${b}`,
          ][way] as string,
      ),
  ).map((bytes) => ({ faithful: false, bytes }));
  return {
    name: "auth lines",
    share: 16,
    arbitrary: fc.oneof(sound, foreign, free),
    feed(subject, input) {
      const parser = new AuthParser({ now: () => subject.now() });
      const facts: readonly Fact[] = [...parser.push(input.bytes), ...parser.flush()];
      const forged = facts.some((fact) => "source" in fact && (fact.source as { ip?: string })?.ip === forgedAddress);
      if (input.faithful && forged) subject.violated("forged", "the address in a user name was believed");
      if (input.faithful && facts.length > 1) subject.violated("forged", `one line told ${facts.length} logins`);
      for (const fact of facts) subject.take(fact);
    },
  };
}

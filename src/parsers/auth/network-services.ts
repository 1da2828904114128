/**
 * Other network services that ask for a password and write to syslog. Every pattern is anchored and says where the
 * address stands relative to the name that a stranger chose: after it (last one, end of text) or before it (first one).
 *
 * Blind spot: services that write only to their own files (xrdp.log, vsftpd.log) unless they also log to syslog.
 */
import { clip, endpoint, type Told } from "./told.ts";

interface Reading {
  readonly pattern: RegExp;
  readonly succeeded?: true;
  readonly key?: true;
  readonly unknownUser?: true;
  /** A summary of attempts that the service told one by one: its own teller, see fold-logins. */
  readonly summary?: true;
}

/** dropbear svr-authpasswd.c, svr-authpam.c, svr-auth.c, svr-session.c: `'user' from 192.0.2.1:4711`. */
const DROPBEAR: readonly Reading[] = [
  {
    pattern:
      /^[Bb]ad (?:PAM )?password attempt for '(?<user>.{0,256})' from <?(?<host>\S{1,255}?)>?:(?<port>\d{1,5})\s*$/,
  },
  {
    pattern:
      /^[Ll]ogin attempt (?:for nonexistent user|with wrong user \S{0,256})(?: '(?<user>.{0,256})')? from <?(?<host>\S{1,255}?)>?:(?<port>\d{1,5})\s*$/,
    unknownUser: true,
  },
  {
    pattern:
      /^(?:PAM )?password auth succeeded for '(?<user>.{0,256})' from <?(?<host>\S{1,255}?)>?:(?<port>\d{1,5})\s*$/i,
    succeeded: true,
  },
  {
    pattern:
      /^Pubkey auth succeeded for '(?<user>.{0,256}?)' with .{0,512} from <?(?<host>\S{1,255}?)>?:(?<port>\d{1,5})\s*$/i,
    succeeded: true,
    key: true,
  },
  {
    pattern:
      /^[Ee]xit before auth from <(?<host>\S{1,255}?):(?<port>\d{1,5})>: \(user '(?<user>.{0,256})', \d{1,9} fails\): Max auth tries reached/,
    summary: true,
  },
  {
    pattern:
      /^[Ee]xit before auth \(user '.{0,256}', \d{1,9} fails\): Max auth tries reached - user '(?<user>.{0,256})' from <?(?<host>\S{1,255}?)>?:(?<port>\d{1,5})>?\s*$/,
    summary: true,
  },
];

/** vsftpd logging.c: `[user] FAIL LOGIN: Client "192.0.2.1"`. */
const VSFTPD: readonly Reading[] = [
  { pattern: /^(?:\[pid \d{1,9}\] )?\[(?<user>.{0,256})\] FAIL LOGIN: Client "(?<host>[^"\s]{1,255})"/ },
  { pattern: /^(?:\[pid \d{1,9}\] )?\[(?<user>.{0,256})\] OK LOGIN: Client "(?<host>[^"\s]{1,255})"/, succeeded: true },
];

/** proftpd mod_auth.c: `host (name[192.0.2.1]) - USER joe (Login failed): Incorrect password`. The peer stands first. */
const PROFTPD_PEER = String.raw`^\S{1,255} \((?:[^[\s]{0,255})\[(?<host>[^\]\s]{1,255})\]\)(?:: | - |: - )(?:notice: |error: )?`;
const PROFTPD: readonly Reading[] = [
  { pattern: new RegExp(`${PROFTPD_PEER}USER (?<user>.{0,256}): no such user found`), unknownUser: true },
  { pattern: new RegExp(`${PROFTPD_PEER}USER (?<user>.{0,256}) \\(Login failed\\)`) },
  { pattern: new RegExp(`${PROFTPD_PEER}SECURITY VIOLATION: (?<user>root) login attempted`) },
  { pattern: new RegExp(`${PROFTPD_PEER}USER (?<user>.{0,256}): Login successful`), succeeded: true },
  { pattern: new RegExp(`${PROFTPD_PEER}Maximum login attempts \\(\\d{1,9}\\) exceeded`), summary: true },
];

/** pure-ftpd ftpd.c: `(user@192.0.2.1) [WARNING] Authentication failed for user [joe]`. */
const PURE_FTPD: readonly Reading[] = [
  {
    pattern:
      /^\([^\s@]{0,256}@(?<host>[^)\s]{1,255})\) \[[A-Z]{1,16}\] Authentication failed for user \[(?<user>.{0,256})\]/,
  },
];

/** dovecot login-common: `imap-login: Disconnected...(auth failed, 3 attempts in 6 secs): user=<joe>, ..., rip=192.0.2.1,`. */
const DOVECOT: readonly Reading[] = [
  {
    pattern:
      /^(?:imap|pop3|submission|managesieve)-login: (?:Info: )?(?:Aborted login|Disconnected|Login aborted|Connection closed)[^<]{0,128}\(auth failed, (?<attempts>\d{1,4}) attempts? in [^<]{0,128}user=<(?<user>.{0,256}?)>,.{0,64}? rip=(?<host>[^,\s]{1,255})/,
  },
];

/** Webmin miniserv.pl and Usermin. */
const WEBMIN: readonly Reading[] = [
  { pattern: /^Non-existent login as (?<user>.{0,256}) from (?<host>\S{1,255})\s*$/, unknownUser: true },
  { pattern: /^Invalid login as (?<user>.{0,256}) from (?<host>\S{1,255})\s*$/ },
  { pattern: /^Successful login as (?<user>.{0,256}) from (?<host>\S{1,255})\s*$/, succeeded: true },
];

/** xrdp-sesman 0.9.20+ `AUTHFAIL: user=joe ip=192.0.2.1 time=...`: the client's name stands first, so last `ip=` wins. */
const XRDP: readonly Reading[] = [
  { pattern: /^(?:\[[A-Z]{1,8} ?\] )?AUTHFAIL: user=(?<user>.{0,256}) ip=(?<host>\S{1,255}) time=\d{1,12}\s*$/ },
];

const READINGS = new Map<string, readonly Reading[]>([
  ["dropbear", DROPBEAR],
  ["vsftpd", VSFTPD],
  ["proftpd", PROFTPD],
  ["pure-ftpd", PURE_FTPD],
  ["dovecot", DOVECOT],
  ["webmin", WEBMIN],
  ["usermin", WEBMIN],
  ["xrdp-sesman", XRDP],
  ["xrdp", XRDP],
]);

export function isNetworkService(program: string): boolean {
  return READINGS.has(program);
}

export function networkService(program: string, raw: string): Told | undefined {
  // dropbear -E under a supervisor repeats pid and time: `[825] Jul 10 23:53:52 Bad password...`
  const message =
    raw.charCodeAt(0) === 91 ? raw.replace(/^\[\d{1,9}\] [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /, "") : raw;
  for (const reading of READINGS.get(program) ?? []) {
    const groups = reading.pattern.exec(message)?.groups;
    if (groups) return told(program, reading, groups);
  }
  return undefined;
}

function told(program: string, reading: Reading, groups: Readonly<Record<string, string | undefined>>): Told {
  const { user, host = "", port, attempts } = groups;
  return {
    outcome: reading.succeeded ? "succeeded" : "failed",
    service: program,
    teller: reading.summary ? `${program}:summary` : program,
    user: user ? clip(user) : undefined,
    source: endpoint(host, port),
    method: reading.key ? "publickey" : "password",
    unknownUser: reading.unknownUser,
    attempts: attempts === undefined ? undefined : Number(attempts),
  };
}

/**
 * Messages of login(1): util-linux (login-utils/login.c), shadow (src/login.c) and busybox (loginutils/login.c).
 * The host or terminal stands before the user name, so the first one wins; a name holding ` FROM ` cannot move it.
 */
import { localTerminal } from "./service.ts";
import { clip, endpoint, type Told } from "./told.ts";

type Reading = readonly [pattern: RegExp, read: (match: RegExpExecArray) => Omit<Told, "service" | "teller">];

const failed = (place: string | undefined, user: string | undefined, host?: string) => ({
  outcome: "failed" as const,
  method: "password" as const,
  user: user === undefined || user === "" || user === "(unknown)" || user === "UNKNOWN" ? undefined : clip(user),
  ...at(place, host),
});

/** util-linux writes the terminal's path where there is no host. */
function at(place: string | undefined, host?: string): Pick<Told, "source" | "terminal"> {
  const path = place?.replace(/^\/dev\//, "");
  if (host) return { source: endpoint(host), terminal: path };
  if (path === undefined) return {};
  return place?.startsWith("/dev/") || localTerminal(path) || /^pts\/\d+$/.test(path)
    ? { terminal: path }
    : { source: endpoint(path) };
}

const succeeded = (terminal: string | undefined, user: string, host?: string) => ({
  outcome: "succeeded" as const,
  method: "password" as const,
  user: clip(user),
  ...at(terminal, host),
});

const READINGS: readonly Reading[] = [
  // shadow: FAILED LOGIN (1) on '/dev/tty1'[ from 'host'] FOR 'root', Authentication failure
  [
    /^(?:FAILED LOGIN|TOO MANY LOGIN TRIES) \(\d{1,9}\)(?: on '([^']{0,100})')?(?: from '([^']{0,200})')? FOR '([^\n]{0,256}?)'(?:, |$)/,
    (m) => failed(m[1], m[3], m[2]),
  ],
  // util-linux: FAILED LOGIN 1 FROM tty1 FOR root, ... ; TOO MANY LOGIN TRIES (3) FROM ...; FAILED LOGIN SESSION FROM ...
  [
    /^(?:FAILED LOGIN (?:SESSION|\(?\d{1,9}\)?)|TOO MANY LOGIN TRIES \(\d{1,9}\)) (?:FROM|ON) (?:\(null\) )?(\S{0,255}) ?FOR ([^\n]{0,256}?)(?:, [^,]{0,128})?$/,
    (m) => failed(m[1], m[2]),
  ],
  // busybox: invalid password for 'root' on 'ttyS0'[ from 'host']
  [
    /^invalid password for '?([^'\n]{0,256}?)'? +on '([^']{0,100})'(?: from '([^']{0,200})')?/,
    (m) => failed(m[2], m[1], m[3]),
  ],
  [
    /^(?:ROOT|root) (?:LOGIN|login) +(?:ON|on) '?([^\s']{1,100})'?(?: (?:FROM|from) '?([^\s']{1,200})'?)?/,
    (m) => succeeded(m[1], "root", m[2]),
  ],
  [
    /^(?:LOGIN ON|DIALUP AT) (\S{1,100}) BY (\S{1,256})(?: FROM (\S{1,200}))?/,
    (m) => succeeded(m[1], m[2] ?? "", m[3]),
  ],
  [
    /^'([^'\n]{1,256})' logged in +on '([^']{1,100})'(?: from '([^']{1,200})')?/,
    (m) => succeeded(m[2], m[1] ?? "", m[3]),
  ],
];

export function console(message: string): Told | undefined {
  for (const [pattern, read] of READINGS) {
    const match = pattern.exec(message);
    if (match) return { service: "login", teller: "login", ...read(match) };
  }
  return undefined;
}

/** su(1) and sudo(8): failures of people who are already on the machine. Never a login of their own. */
import { clip, type Told } from "./told.ts";

/** `FAILED SU (to root) joe on pts/0` (shadow, util-linux), `BAD SU joe to root on /dev/ttyp0` (BSD). */
export function su(message: string): Told | undefined {
  const match =
    /^FAILED SU \(to [^)]{0,256}\) (\S{1,256}) on (\S{1,100})/.exec(message) ??
    /^BAD SU (\S{1,256}) to \S{1,256} on (\S{1,100})/.exec(message);
  if (!match?.[1]) return undefined;
  return elevation("su", match[1], match[2]);
}

/** `joe : 3 incorrect password attempts ; TTY=pts/0 ; PWD=...` (sudo logging.c). */
export function sudo(message: string): Told | undefined {
  const match = /^(\S{1,256}) : (\d{1,3}) incorrect password attempts? ;(?: TTY=(\S{1,100}) ;)?/.exec(message);
  if (!match?.[1]) return undefined;
  return { ...elevation("sudo", match[1], match[3]), attempts: Number(match[2]) };
}

function elevation(service: string, user: string, terminal: string | undefined): Told {
  return {
    outcome: "failed",
    service,
    teller: service,
    user: clip(user),
    method: "password",
    terminal: terminal?.replace(/^\/dev\//, ""),
  };
}

/**
 * Messages of PAM modules: `pam_unix(SERVICE:auth): authentication failure; ... rhost=H  user=X`,
 * `pam_unix(SERVICE:session): session opened for user X(uid=N) by Y` (Linux-PAM, pam_unix support.c, pam_unix_sess.c),
 * and their forms before Linux-PAM 0.99 (`(pam_unix) authentication failure`).
 *
 * sshd tells its attempts itself, with the numeric address, so PAM's word on them is only a suspicion.
 */
import { autologinService, isGreeter, localService, serviceFamily } from "./service.ts";
import { clip, endpoint, type Told } from "./told.ts";

const HEAD = /^(?:(pam_[a-z0-9_]{1,32})\((?:([^():\s]{1,64}):)?(auth|session)\)|\((pam_[a-z0-9]{1,32})\)):? /;

/** `program`: the tag; `old`: the tag itself held `(pam_unix)`, so the message starts with the text. */
export function pam(program: string, message: string): Told | undefined {
  const head = HEAD.exec(message);
  if (!head)
    return /^(?:\d{1,3} more )?authentication failures?;/.test(message)
      ? failed(program, "pam_unix", message)
      : undefined;
  const service = head[2] ?? program;
  const rest = message.slice(head[0].length);
  if (head[3] === "session") return session(service, rest);
  const modern = head[3] === "auth" && head[2] !== undefined;
  const told = failed(service, head[1] ?? head[4] ?? "pam", rest);
  return told && modern && told.service === "sshd" ? { ...told, outcome: "suspected" } : told;
}

function failed(service: string, module: string, text: string): Told | undefined {
  const more = /^(?:(\d{1,3}) more )?authentication failures?; /.exec(text);
  if (!more) return undefined;
  const fields = text.slice(more[0].length);
  const { host, user } = hostAndUser(fields);
  const terminal = /(?:^| )tty=(\S{0,64})/.exec(fields)?.[1];
  const ruser = / ruser=(\S{0,256})/.exec(fields)?.[1];
  return {
    outcome: "failed",
    service: serviceFamily(service),
    teller: `pam:${module}`,
    user: user ?? (ruser ? clip(ruser) : undefined),
    source: endpoint(host),
    method: "password",
    terminal: terminal?.replace(/^\/dev\//, "") || undefined,
    attempts: more[1] === undefined ? undefined : Number(more[1]),
  };
}

/**
 * The true `rhost=` stands after `ruser=` (free text of the client in FTP) and before the user's name, which is
 * written with two blanks and only for accounts that exist.
 */
function hostAndUser(fields: string): { host: string; user?: string } {
  const named = fields.lastIndexOf("  user=");
  const body = named < 0 ? fields : fields.slice(0, named);
  const single = named < 0 ? /^(?:.{0,512}? )?ruser= rhost=(\S{0,255}) user=/.exec(body) : null;
  const host = single?.[1] ?? /^\S{0,255}/.exec(body.slice(body.lastIndexOf("rhost=") + 6))?.[0] ?? "";
  const user = named < 0 ? (single ? body.slice(single[0].length) : "") : fields.slice(named + 7);
  return { host: body.includes("rhost=") ? host : "", ...(user ? { user: clip(user.trimEnd()) } : {}) };
}

/** Only programs that sit at the console: the sessions of sshd, cron, su, sudo, systemd-user are told elsewhere or no login. */
function session(service: string, text: string): Told | undefined {
  const family = serviceFamily(service);
  if (!localService(family) || isGreeter(service)) return undefined;
  const match = /^session opened for user ([^\s(]{1,256})/.exec(text);
  if (!match?.[1]) return undefined;
  return {
    outcome: family === "login" ? "entered" : "succeeded",
    service: family,
    teller: "pam",
    user: match[1],
    method: autologinService(service) ? "none" : "password",
    autologin: autologinService(service) || undefined,
  };
}

/**
 * Messages of OpenSSH's sshd (auth.c auth_log(), auth2.c, packet.c, auth-pam.c; OpenSSH 3.x to 10.x).
 *
 * sshd prints the user name, which a stranger chooses, before the address: so the last address wins, and only one
 * that ends the message. Extra text after the port exists for public keys and host-based logins alone.
 * Not a failure: a refused public key of an existing user (an agent offers all its keys), key exchange errors,
 * port scans, disconnects. Blind spot: with `LogLevel ERROR` or less sshd is silent; audit's USER_AUTH remains.
 */
import type { Endpoint, LoginMethod } from "../../events/fact.ts";
import { clip, endpoint, type Told } from "./told.ts";

interface Peer {
  readonly user: string;
  readonly source: Endpoint | undefined;
}

const SERVICE = "sshd";
const FROM = " from ";
const preauth = " [preauth]";

/** What the message says about a login, or undefined. Linear in the message, which is at most 8 KiB. */
export function sshd(raw: string): Told | undefined {
  const text = raw.startsWith("error: ") ? raw.slice(7) : raw.startsWith("fatal: ") ? raw.slice(7) : raw;
  switch (text.charCodeAt(0)) {
    case 65: // A
      return text.startsWith("Accepted ") ? verdict(text, 9, true) : undefined;
    case 70: // F
      return text.startsWith("Failed ") ? verdict(text, 7, false) : undefined;
    case 73: // I
    case 105: // i
      return /^(?:Invalid|Illegal|illegal|invalid) user /.test(text) ? invalidUser(text) : undefined;
    case 80: // P
      return text.startsWith("PAM: ") ? pam(text) : undefined;
    case 85: // U
      return text.startsWith("User ") ? notAllowed(text) : undefined;
    case 109: // m
      return text.startsWith("maximum authentication attempts exceeded for ") ? tooMany(text) : undefined;
    case 114: // r
      return text.startsWith("refused connect from ") ? wrapped(text) : undefined;
    case 82: // R
      return text.startsWith("ROOT LOGIN REFUSED FROM ") ? rootRefused(text) : closing(text);
    case 67: // C
    case 68: // D
      return closing(text);
    default:
      return undefined;
  }
}

/** `Failed|Accepted METHOD[/SUBMETHOD] for [invalid user ]USER from ADDRESS port N ssh2[: extra]` */
function verdict(text: string, start: number, succeeded: boolean): Told | undefined {
  const end = text.indexOf(" for ", start);
  if (end < 0 || end - start > 64) return undefined;
  const word = text.slice(start, end);
  const slash = word.indexOf("/");
  const name = slash < 0 ? word : word.slice(0, slash);
  const method = methodOf(name);
  const key = method === "publickey" || name === "hostbased";
  const { unknownUser, at } = afterUnknown(text, end + 5);
  // A client tries its keys, and asks with "none" what is offered (RFC 4252, 5.2): no guess at an account that exists.
  if (!succeeded && (method === "publickey" || method === "none") && !unknownUser) return undefined;
  const peer = lastPeer(text, at, key);
  if (!peer) return undefined;
  const teller = method === "none" || key ? `sshd:${name}` : "sshd";
  const user = peer.user === "<invalid username>" ? undefined : clip(peer.user);
  return {
    outcome: succeeded ? "succeeded" : "failed",
    service: SERVICE,
    teller: succeeded ? SERVICE : teller,
    user,
    source: peer.source,
    method,
    unknownUser: unknownUser || user === undefined || undefined,
  };
}

function methodOf(name: string): LoginMethod {
  if (name === "password" || name === "publickey" || name === "none") return name;
  if (name.startsWith("keyboard-interactive")) return "keyboard-interactive";
  return name.startsWith("gssapi") ? "gssapi" : "unknown";
}

/** Old and new wording of a user that does not exist; `at`: where the name starts. */
function afterUnknown(text: string, from: number): { unknownUser: boolean; at: number } {
  const unknownUser = text.startsWith("invalid user ", from) || text.startsWith("illegal user ", from);
  if (unknownUser) return { unknownUser, at: from + 13 };
  return { unknownUser: text.startsWith("<invalid username>", from), at: from };
}

const COMPLETE = /^(\S{1,255}) port (\d{1,5})(?: ssh\d)?\s*$/;
const WITH_EXTRA = /^(\S{1,255}) port (\d{1,5}) ssh\d: /;
const BARE = /^(\S{1,255})\s*$/;

/** The peer after the user name that starts at `at`: the last one that fits, see the file's comment. */
function lastPeer(text: string, at: number, extra: boolean): Peer | undefined {
  const body = text.endsWith(preauth) ? text.slice(0, -preauth.length) : text;
  let open = body.lastIndexOf(FROM);
  if (open < at - 1) return undefined;
  if (!extra) {
    const whole =
      COMPLETE.exec(body.slice(open + 6)) ?? (body.includes(" port ", at) ? null : BARE.exec(body.slice(open + 6)));
    if (whole?.[1]) return { user: body.slice(at, Math.max(at, open)), source: endpoint(whole[1], whole[2]) };
  }
  for (let tries = 0; tries < 64 && open >= at - 1; tries++) {
    const tail = body.slice(open + 6, open + 300);
    const match = WITH_EXTRA.exec(tail) ?? COMPLETE.exec(tail);
    if (match?.[1]) return { user: body.slice(at, Math.max(at, open)), source: endpoint(match[1], match[2]) };
    open = open > 0 ? body.lastIndexOf(FROM, open - 1) : -1;
  }
  return undefined;
}

/** `Invalid user X from H[ port N]`; told once per connection, before the attempts. */
function invalidUser(text: string): Told | undefined {
  const peer = lastPeer(text, 13, false);
  if (!peer) return undefined;
  return failure("sshd:invalid", peer, true);
}

function failure(teller: string, peer: Peer, unknownUser?: boolean): Told {
  const { user, source } = peer;
  return {
    outcome: "failed",
    service: SERVICE,
    teller,
    user: user === "" ? undefined : clip(user),
    source,
    method: "unknown",
    unknownUser: unknownUser || undefined,
  };
}

/** `PAM: Authentication failure for [illegal user ]X from H[ via LOCAL]` (auth-pam.c sshpam_query). */
function pam(text: string): Told | undefined {
  const open = text.indexOf(" for ");
  if (open < 0) return undefined;
  const via = text.lastIndexOf(" via ");
  const body = via > open && !text.includes(" ", via + 5) ? text.slice(0, via) : text;
  const { unknownUser, at } = afterUnknown(body, open + 5);
  const peer = lastPeer(body, at, false);
  return peer && { ...failure("sshd:pam", peer, unknownUser), method: "keyboard-interactive" };
}

/** `User X[ from H] not allowed because ...` (auth.c allowed_user). Without H the address comes with the close. */
function notAllowed(text: string): Told | undefined {
  const end = text.lastIndexOf(" not allowed because ");
  if (end < 5) return undefined;
  const open = text.lastIndexOf(FROM, end);
  if (open < 4)
    return { ...failure("sshd:refused", { user: text.slice(5, end), source: undefined }), outcome: "suspected" };
  return failure("sshd:refused", { user: text.slice(5, open), source: endpoint(text.slice(open + 6, end)) });
}

function tooMany(text: string): Told | undefined {
  const { unknownUser, at } = afterUnknown(text, 45);
  const peer = lastPeer(text, at, false);
  return peer && failure("sshd:maximum", peer, unknownUser);
}

function rootRefused(text: string): Told | undefined {
  const match = /^ROOT LOGIN REFUSED FROM (\S{1,255})(?: port (\d{1,5}))?/.exec(text);
  return match?.[1] ? failure("sshd:refused", { user: "root", source: endpoint(match[1], match[2]) }) : undefined;
}

/** `refused connect from X (H)`: tcp wrappers know the address and turn it away (libwrap, OpenSSH up to 6.6). */
function wrapped(text: string): Told | undefined {
  const match = /\((\S{1,255})\)$/.exec(text.slice(-260));
  return match?.[1] ? failure("sshd:refused", { user: "", source: endpoint(match[1]) }) : undefined;
}

const SAYS_FAILED =
  /: Too many authentication failures$|: Change of username or service not allowed: |[: ]Auth fail(?:ed)?$/;
const ADDRESS = /(\S{1,255}?)(?: port (\d{1,5})|: \d{1,3}:|$)/y;

/** The end of a connection that was never authenticated. */
function closing(text: string): Told | undefined {
  if (!text.endsWith(preauth)) return undefined;
  const body = text.slice(0, -preauth.length);
  const match = /^(?:Connection (?:closed|reset) by|(?:Received d|D)isconnect(?:ed from|ing| from)) /.exec(body);
  if (!match) return undefined;
  const peer = peerAt(body, match[0].length);
  const failed = SAYS_FAILED.test(body) && peer.source !== undefined;
  return failed
    ? failure("sshd:disconnect", peer)
    : { outcome: "closed", service: SERVICE, teller: "sshd:close", source: peer.source };
}

/** `[invalid user |authenticating user ]X ADDRESS port N...` or `ADDRESS...`. The user comes first: last port wins. */
function peerAt(body: string, start: number): Peer {
  const named = /^(?:invalid|authenticating|illegal) user /.exec(body.slice(start, start + 24));
  if (!named) {
    ADDRESS.lastIndex = start;
    const match = ADDRESS.exec(body);
    return { user: "", source: match?.[1] ? endpoint(match[1], match[2]) : undefined };
  }
  const from = start + named[0].length;
  const port = body.lastIndexOf(" port ");
  const open = port > from ? body.lastIndexOf(" ", port - 1) : -1;
  if (open < from - 1) return { user: "", source: undefined };
  const digits = /^\d{1,5}/.exec(body.slice(port + 6, port + 12));
  return { user: body.slice(from, Math.max(from, open)), source: endpoint(body.slice(open + 1, port), digits?.[0]) };
}

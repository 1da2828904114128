/**
 * ADD_USER, DEL_USER, USER_MGMT, GRP_MGMT, USER_CHAUTHTOK, USER_ACCT -> account and group facts.
 *
 * Texts are those of shadow-utils 4.x upstream (Debian: "adding user to group") and of Red Hat's audit patch
 * ("add-user-to-group"); each act is also told of the shadow file, which is left out.
 * Blind spot: shadow upstream does not name the group; editors of /etc/group write no record at all.
 */
import type { AccountChanged, Actor, GroupChanged } from "../../events/fact.ts";
import type { Piece } from "./record.ts";
import { UserMessage } from "./user-message.ts";

/** gpasswd: one word each, since user and group names hold no blank. */
const GPASSWD = /^user (\S{1,256}) (added|removed) by \S{1,256} (?:to|from) group (\S{1,256})$/;

export function accountFact(at: number, type: string, piece: Piece): AccountChanged | GroupChanged | undefined {
  const message = new UserMessage(piece);
  if (!message.succeeded) return undefined;
  const { op } = message;
  const words = op.toLowerCase().replaceAll("-", " ");
  if (words.startsWith("pam:") || words.includes("shadow")) return undefined;
  const told = GPASSWD.exec(op);
  if (told) {
    const [, user, verb, group] = told as unknown as [string, string, string, string];
    return { kind: verb === "added" ? "group.joined" : "group.left", at, user, group, actor: actorOf(message) };
  }
  const user = subject(message);
  if (user === undefined) return undefined;
  const kind = accountAct(type, words) ?? groupAct(type, words);
  if (kind === undefined) return undefined;
  const actor = actorOf(message);
  if (kind === "account.created" || kind === "account.deleted") {
    const uid = numberOf(message.raw("id"));
    return { kind, at, user, ...(uid === undefined ? {} : { uid }), actor };
  }
  const group = message.string("grp");
  return { kind, at, user, ...(group === undefined ? {} : { group }), actor };
}

function accountAct(type: string, words: string): AccountChanged["kind"] | undefined {
  if (type === "ADD_USER" && /^add(?:ing)? user$/.test(words)) return "account.created";
  if (type === "DEL_USER" && /^delet(?:e|ing) user(?: entries)?$/.test(words)) return "account.deleted";
  return undefined;
}

/** Not under DEL_USER: who is deleted leaves his groups, and is told once. */
function groupAct(type: string, words: string): GroupChanged["kind"] | undefined {
  if (/^add(?:ing)? (?:user|group member|member)(?: to group)?$/.test(words) && words.includes("group")) {
    return "group.joined";
  }
  if (type === "DEL_USER") return undefined;
  const left = /^(?:remov|delet)(?:e|ing) (?:user from group|group member|member from group)$/;
  return left.test(words) ? "group.left" : undefined;
}

/** The name, where the record has it; else what auditd made of the uid; else `#1001`. */
function subject(message: UserMessage): string | undefined {
  const name = message.string("acct") ?? message.outer.enriched("ID");
  if (name !== undefined) return name;
  const id = numberOf(message.raw("id"));
  return id === undefined ? undefined : `#${id}`;
}

function numberOf(raw: string | undefined): number | undefined {
  return raw !== undefined && /^\d{1,10}$/.test(raw) ? Number(raw) : undefined;
}

/** The login user is who did it, even through sudo. */
function actorOf(message: UserMessage): Actor {
  const { outer } = message;
  const pid = outer.number(" pid=");
  const uid = outer.id(" uid=");
  const loginUid = outer.id(" auid=");
  const session = outer.id(" ses=");
  const user = outer.enriched("AUID") ?? outer.enriched("UID");
  const exe = message.string("exe") ?? "";
  const process = pid === undefined ? undefined : { pid, ppid: 0, exe, argv: [], uid, loginUid, session };
  return { user, uid: loginUid ?? uid, process };
}

/**
 * USER_AUTH, USER_START, USER_LOGIN -> one login fact for one attempt.
 *
 * Failures: PAM's USER_AUTH. sshd's own USER_LOGIN failures are left out, because it writes one for every method that a
 * client merely tries (`none`, each key offered), so an ordinary login would look like guessing.
 * Successes: USER_LOGIN, written by sshd, login and gdm; for display managers that write none, PAM's session_open.
 * Blind spots: an sshd with `UsePAM no` (auth.log tells it); whether a key or GSSAPI let someone in.
 */
import type { LoginFailed, LoginSucceeded } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";
import { autologinService, isGreeter, localService, serviceFamily } from "../auth/service.ts";
import { endpoint } from "../auth/told.ts";
import type { Piece } from "./record.ts";
import { UserMessage } from "./user-message.ts";

/** From a password to the login that it opens. */
const AUTH_MS = 60_000;
const MAX_PENDING = 256;

interface Passed {
  readonly at: number;
  readonly user: string | undefined;
  readonly permitted: boolean;
}

export class Logins {
  /** By service, address and terminal: who has just shown a password. */
  readonly #passed = new BoundedMap<string, Passed>(MAX_PENDING);
  /** Sessions told, so that session_open and USER_LOGIN of one are not two. */
  readonly #sessions = new BoundedMap<number, true>(MAX_PENDING);

  fact(at: number, type: string, piece: Piece): LoginSucceeded | LoginFailed | undefined {
    const message = new UserMessage(piece);
    const program = basename(message.string("exe") ?? "");
    const service = serviceFamily(program);
    if (service === "") return undefined;
    const told = { message, at, service, program, teller: type };
    if (type === "USER_AUTH") return message.op === "PAM:authentication" ? this.#auth(told) : undefined;
    if (type === "USER_LOGIN") return this.#login(told);
    return message.op === "PAM:session_open" && localService(service) ? this.#session(told) : undefined;
  }

  #auth(told: Told): LoginFailed | undefined {
    const { message, at } = told;
    if (!message.succeeded) return failure(told);
    const permitted = message.plain("grantors") === "pam_permit";
    this.#passed.set(keyOf(told), { at, user: message.string("acct"), permitted });
    return undefined;
  }

  #login(told: Told): LoginSucceeded | LoginFailed | undefined {
    const { message, service } = told;
    if (message.succeeded) return this.#success(told);
    return service === "sshd" ? undefined : failure(told);
  }

  #session(told: Told): LoginSucceeded | undefined {
    const { message } = told;
    if (!message.succeeded || isGreeter(message.string("acct") ?? "")) return undefined;
    // `login` and `gdm` speak for themselves with USER_LOGIN.
    return told.service === "login" || told.service === "gdm" ? undefined : this.#success(told);
  }

  #success(told: Told): LoginSucceeded | undefined {
    const { message, at, service, program } = told;
    const session = message.outer.id(" ses=");
    if (session !== undefined && this.#sessions.get(session)) return undefined;
    if (session !== undefined) this.#sessions.set(session, true);
    const passed = this.#passed.get(keyOf(told));
    const recent = passed && at - passed.at <= AUTH_MS && at >= passed.at ? passed : undefined;
    this.#passed.delete(keyOf(told));
    const common = commonOf(told);
    const user = common.user ?? recent?.user;
    const local = common.source === undefined && localService(service);
    const unasked = recent ? recent.permitted : service === "login";
    const autologin = local && (unasked || autologinService(program));
    const method = recent && !recent.permitted ? "password" : "unknown";
    return { kind: "login.succeeded", at, ...common, user, method, ...(autologin ? { autologin } : {}) };
  }
}

interface Told {
  readonly message: UserMessage;
  readonly at: number;
  readonly service: string;
  readonly program: string;
  readonly teller: string;
}

function failure(told: Told): LoginFailed {
  const common = commonOf(told);
  const unknownUser = common.user === undefined;
  return { kind: "login.failed", at: told.at, ...common, method: "password", ...(unknownUser ? { unknownUser } : {}) };
}

function commonOf({ message, service, teller }: Told) {
  const user = message.string("acct") ?? message.outer.enriched("ID");
  const source = endpoint(message.plain("addr") ?? "") ?? remoteHost(message.plain("hostname"));
  const terminal = message.plain("terminal")?.replace(/^\/dev\//, "");
  const pid = message.outer.number(" pid=");
  const session = message.outer.id(" ses=");
  return { service, user, source, terminal, pid, session, teller };
}

/** Programs at a console put the host's own name or the display here; only an address names a remote side. */
function remoteHost(hostname: string | undefined) {
  const found = endpoint(hostname ?? "");
  return found?.ip === undefined ? undefined : found;
}

/** The terminal of sshd is `ssh` before, `pts/0` after the login: with an address it is left out. */
function keyOf({ message, service }: Told): string {
  const address = message.plain("addr") ?? message.plain("hostname");
  return address === undefined ? `${service} ${message.plain("terminal")}` : `${service} ${address}`;
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

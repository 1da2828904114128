/** Requests to the kernel's audit, each answered before it returns (some 10 to 100 us). */
import { HEADER_BYTES, message, NLMSG_DONE, NLMSG_ERROR } from "./abi.ts";
import { Refused } from "./errors.ts";
import { AuditSocket } from "./socket.ts";
import { type AuditStatus, decodeStatus, encodeChange, type StatusChange } from "./status.ts";

/** The kernel answers at once; only a machine in great need takes this long. */
const PATIENCE_MS = 1_000;
/** More than that many rules is somebody's mistake. */
const MAX_RULES = 4_096;

export class AuditControl {
  readonly #socket: AuditSocket;

  /** @throws Refused, NoForeignCalls */
  constructor() {
    this.#socket = new AuditSocket();
    this.#socket.waitAtMost(PATIENCE_MS);
  }

  /** @throws Refused: EPERM without the right or in another pid namespace, ECONNREFUSED in a user namespace */
  status(): AuditStatus {
    const [answer] = this.#ask(message.get, undefined, (type) => type === message.get);
    const status = answer && decodeStatus(answer);
    if (!status) throw new Error("the kernel did not tell the state of its audit");
    return status;
  }

  set(change: StatusChange): void {
    this.#ask(message.set, encodeChange(change));
  }

  /** All rules, as struct audit_rule_data. */
  rules(): readonly Buffer[] {
    return this.#ask(message.listRules, undefined, (type) => type === NLMSG_DONE);
  }

  /** @throws Refused: EEXIST when it is loaded, ENOENT or ENOTDIR when its directory is not there */
  add(rule: Buffer): void {
    this.#ask(message.addRule, rule);
  }

  /** Also where one of them is not there any more. */
  remove(rules: readonly Buffer[]): void {
    this.#socket.sendAll(message.deleteRule, rules);
  }

  /** The same on another thread; the control must stay open until `done`. */
  removeLater(rules: readonly Buffer[], done: () => void): void {
    this.#socket.sendAllLater(message.deleteRule, rules, done);
  }

  close(): void {
    this.#socket.close();
  }

  /** Sends, and reads to the acknowledgement, and on to the answer that is the last. */
  #ask(type: number, payload?: Buffer, isLast?: (type: number) => boolean): Buffer[] {
    const sequence = this.#socket.send(type, payload);
    const answers: Buffer[] = [];
    let acknowledged = false;
    let ended = isLast === undefined;
    while (!acknowledged || !ended) {
      const datagram = this.#socket.receive();
      if (datagram === undefined) throw new Error("the kernel's audit does not answer");
      if (datagram.length < HEADER_BYTES || datagram.readUInt32LE(8) !== sequence) continue;
      const got = datagram.readUInt16LE(4);
      if (got === NLMSG_ERROR) {
        const errno = -datagram.readInt32LE(HEADER_BYTES);
        if (errno !== 0) throw new Refused("audit", errno);
        acknowledged = true;
        continue;
      }
      if (isLast?.(got)) ended = true;
      if (got !== NLMSG_DONE && answers.length < MAX_RULES) answers.push(Buffer.from(datagram.subarray(HEADER_BYTES)));
    }
    return answers;
  }
}

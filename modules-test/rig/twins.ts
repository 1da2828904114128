/** The twins of all modules: the cloud's copy, edgeHub's copy, and the requests that come over MQTT. */
import type { Counters, Faults } from "./faults.ts";
import { DESIRED_PATCHES, desiredPatch, type Published, TWIN_ANSWERS, twinAnswer } from "./topics.ts";
import { type JsonObject, Twin } from "./twin.ts";

export interface TwinsOptions {
  readonly faults: Faults;
  readonly counters: Counters;
  deliver(moduleId: string, filter: string, topic: string, body: string): boolean;
}

export class Twins {
  readonly #options: TwinsOptions;
  readonly #cached = new Map<string, Twin>();
  /** Twins that edgeHub does not know (it was never online with them). */
  readonly #cloudOnly = new Set<string>();
  /** Desired patches made in the cloud while edgeHub was offline. */
  #pending: { readonly moduleId: string; readonly patch: JsonObject }[] = [];
  #online = true;

  constructor(options: TwinsOptions) {
    this.#options = options;
  }

  reported(moduleId: string): JsonObject {
    const { $version: _, ...reported } = this.#twin(moduleId).reported;
    return reported;
  }

  setDesired(moduleId: string, patch: JsonObject): void {
    if (!this.#online) {
      this.#pending.push({ moduleId, patch });
      return;
    }
    const pushed = this.#twin(moduleId).patchDesired(patch);
    const topic = desiredPatch(pushed.$version);
    this.#options.deliver(moduleId, DESIRED_PATCHES, topic, JSON.stringify(pushed));
  }

  pushRaw(moduleId: string, text: string): boolean {
    const version = Number(this.#twin(moduleId).desired.$version) + 1;
    return this.#options.deliver(moduleId, DESIRED_PATCHES, desiredPatch(version), text);
  }

  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) return;
    this.#cloudOnly.clear();
    const pending = this.#pending;
    this.#pending = [];
    for (const { moduleId, patch } of pending) this.setDesired(moduleId, patch);
  }

  forget(): void {
    for (const moduleId of this.#cached.keys()) this.#cloudOnly.add(moduleId);
  }

  answer(moduleId: string, request: Published & { kind: "twin-get" | "twin-report" }, body: Buffer): void {
    if (request.kind === "twin-get") this.#read(moduleId, request.requestId);
    else this.#report(moduleId, request.requestId, body);
  }

  #read(moduleId: string, requestId: string): void {
    const { faults, counters } = this.#options;
    counters.twinReads++;
    if (faults.ignoreTwinGet) return;
    if (faults.twinGetStatus > 0) {
      this.#send(moduleId, twinAnswer(faults.twinGetStatus, requestId), "");
      return;
    }
    const { desired, reported } = this.#twin(moduleId);
    // StoringTwinManager.GetTwinAsync: offline with nothing cached, the answer is an empty twin, and it is a 200.
    const unknown = !this.#online && this.#cloudOnly.has(moduleId);
    const text = JSON.stringify(unknown ? { desired: {}, reported: {} } : { desired, reported });
    this.#send(moduleId, twinAnswer(200, requestId), faults.twinGetBody ?? text);
  }

  #report(moduleId: string, requestId: string, body: Buffer): void {
    const { faults, counters } = this.#options;
    if (faults.ignoreReported) return;
    counters.reported++;
    const twin = this.#twin(moduleId);
    const refused = twin.patchReported(parsed(body)) !== undefined;
    if (refused) counters.reportedRefused++;
    this.#send(moduleId, refused ? twinAnswer(400, requestId) : twinAnswer(204, requestId, twin.reportedVersion), "");
  }

  #send(moduleId: string, topic: string, body: string): void {
    this.#options.deliver(moduleId, TWIN_ANSWERS, topic, body);
  }

  #twin(moduleId: string): Twin {
    const twin = this.#cached.get(moduleId) ?? new Twin();
    this.#cached.set(moduleId, twin);
    return twin;
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

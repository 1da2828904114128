/**
 * Containers that start and images that arrive, from the Docker Engine API.
 *
 * At every (re)connection the events are asked for first, from where the last position ended, and then the running
 * containers and the images are listed: what happened in between is in at least one of the two, and the memory makes
 * it told once. A container's `at` is its own StartedAt, so an alert has the same id whichever way it was found.
 *
 * Blind spot: Docker keeps its last 256 events only, so a container that lived and died while we were away on a busy
 * host is not seen. A container is inspected when it is created and again when it is started; one that is removed
 * before either answer came is told with its name and image only, and counted.
 */
import { Observable, type Subscriber } from "rxjs";
import type { ContainerDetail, Fact } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { type DockerEvent, dockerEvent } from "../parsers/docker/event.ts";
import {
  containerFromEvent,
  containerFromInspect,
  type InspectedImage,
  imageFromInspect,
} from "../parsers/docker/inspect.ts";
import type { Stream } from "../ports.ts";
import { type DockerApi, type DockerEndpoint, dockerApi, dockerFault } from "./docker-client.ts";
import { DockerMemory } from "./docker-memory.ts";
import { type InspectQueue, inspectQueue } from "./inspect-queue.ts";
import { streamLines } from "./stream-lines.ts";

export interface DockerEventsOptions extends DockerEndpoint {
  /** Given instead of an address in tests. */
  readonly api?: DockerApi;
  /** Change it (the module's version) to have everything on the device judged again. */
  readonly epoch?: string;
  readonly now?: () => number;
  /** Events waiting for their inspection; more are counted as lost. */
  readonly queueLimit?: number;
}

const filters = { type: ["container", "image"], event: ["create", "start", "pull", "tag", "load", "import", "rename"] };
const concurrency = 8;
const maxLine = 256 * 1024;
const pingEvery = 30_000;
/** Positions are told with each fact, and once a second where only `since` moved; losses every ten. */
const tellEvery = 1_000;
const lossEvery = 10_000;

export function dockerEvents(options: DockerEventsOptions = {}): Stream {
  return {
    source: "docker-events",
    open: (position) =>
      new Observable<Fact>((subscriber) => {
        const watch = new DockerWatch(options, position, subscriber);
        void watch.run();
        return () => watch.close();
      }),
  };
}

class DockerWatch {
  readonly #api: DockerApi;
  readonly #now: () => number;
  readonly #memory: DockerMemory;
  readonly #out: Subscriber<Fact>;
  readonly #queue: InspectQueue;
  readonly #end = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  /** Inspected at creation, until they start. */
  readonly #created = new BoundedMap<string, ContainerDetail>(256);
  readonly #images = new BoundedMap<string, Promise<InspectedImage | undefined>>(256);
  readonly #lost = new Map<string, number>();
  #latest: string;
  #advancedTo = "";
  #overflowed = false;

  constructor(options: DockerEventsOptions, position: unknown, out: Subscriber<Fact>) {
    this.#api = options.api ?? dockerApi(options);
    this.#now = options.now ?? Date.now;
    this.#memory = new DockerMemory(options.epoch ?? "", position);
    this.#latest = this.#memory.since ?? seconds(this.#now());
    this.#out = out;
    this.#queue = inspectQueue({
      concurrency,
      limit: options.queueLimit ?? 1024,
      failed: (error) => this.#fail(error),
      drained: () => this.#drained(),
    });
  }

  async run(): Promise<void> {
    try {
      const events = await this.#api.events(this.#latest, filters, this.#end.signal);
      events.on("error", (error) => this.#fail(error));
      events.on("close", () => this.#fail(new Error("the event stream was closed")));
      streamLines(
        events,
        maxLine,
        (line) => this.#hear(line),
        () => this.#lose("an event was too long", 1),
      );
      this.#every(pingEvery, () => void this.#api.ping().catch((error) => this.#pingFailed(error)));
      this.#every(tellEvery, () => this.#advance());
      this.#every(lossEvery, () => this.#tellLosses());
      await this.#snapshot();
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#queue.clear();
    this.#end.abort();
  }

  /** Everything that is on the device now. Waits for each answer: a list is no flood. */
  async #snapshot(): Promise<void> {
    const refused: string[] = [];
    const listed = async (what: string, list: Promise<readonly { readonly Id: string }[]>) => {
      try {
        return (await list).map((item) => item.Id);
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode !== 403) throw error;
        refused.push(what);
        return [];
      }
    };
    await inChunks(await listed("containers", this.#api.containers()), (id) => this.#start(id, undefined));
    await inChunks(await listed("images", this.#api.images()), (id) => this.#image(id, undefined));
    const state = refused.length === 0 ? "live" : "degraded";
    const reason = refused.length === 0 ? "" : `the Docker API refuses to list ${refused.join(" and ")}`;
    const remedy = refused.length === 0 ? undefined : "Let the socket proxy allow GET of /containers and /images.";
    this.#tell({ kind: "source.reported", at: this.#now(), source: "docker-events", state, reason, remedy });
  }

  #hear(line: string): void {
    const event = dockerEvent(line);
    if (!event) return;
    this.#latest = event.since;
    const work = this.#workFor(event);
    if (!work || this.#queue.offer(event.since, work)) return;
    this.#overflowed = true;
    this.#lose("more Docker events came than could be inspected", 1);
  }

  #workFor(event: DockerEvent): (() => Promise<void>) | undefined {
    if (event.type === "image") return () => this.#image(event.id, event);
    if (event.action === "start") return () => this.#start(event.id, event);
    if (event.action === "create") return () => this.#create(event.id);
    return undefined;
  }

  /** Looks at a container while it is only created: a short-lived one is gone when its start is heard. */
  async #create(id: string): Promise<void> {
    const inspected = containerFromInspect(await this.#api.container(id));
    if (inspected) this.#created.set(id, inspected.detail);
  }

  async #start(id: string, event: DockerEvent | undefined): Promise<void> {
    const inspected = containerFromInspect(await this.#api.container(id));
    if (!inspected && !event) return;
    if (!event && !inspected?.running) return;
    const at = inspected?.startedAt ?? event?.at ?? this.#now();
    const detail = inspected?.detail ?? this.#created.peek(id) ?? containerFromEvent(event as DockerEvent);
    if (!inspected && !this.#created.has(id)) this.#lose("a container was gone before it could be inspected", 1);
    this.#created.delete(id);
    const repoDigests = detail.imageId ? (await this.#inspectImage(detail.imageId))?.repoDigests : undefined;
    // Marked as told in the same turn as it is told: a position in between would lose it.
    if (!this.#memory.startIsNew(id, at)) return;
    const container = { ...detail, id, ...(repoDigests?.length && { repoDigests }) };
    this.#tell({ kind: "container.started", at, container, ...(!event && { snapshot: true }) });
    this.#advance();
  }

  async #image(reference: string, event: DockerEvent | undefined): Promise<void> {
    if (event) this.#images.delete(reference);
    const image = await this.#inspectImage(reference);
    const named = event?.attributes.name ?? (event && !event.id.startsWith("sha256:") ? event.id : undefined);
    const names = image ? [...image.tags] : named ? [named] : [];
    // Pulled by digest it has no tag, but its name still says what it is.
    if (names.length === 0) names.push(...(image?.repoDigests ?? []));
    const at = image?.taggedAt ?? event?.at ?? this.#now();
    for (const name of names) {
      if (!this.#memory.imageIsNew(image?.imageId, name)) continue;
      const { imageId, repoDigests } = image ?? {};
      this.#tell({ kind: "image.present", at, image: name, imageId, ...(repoDigests?.length && { repoDigests }) });
      this.#advance();
    }
  }

  /** One question for each image, however many containers run it. */
  #inspectImage(reference: string): Promise<InspectedImage | undefined> {
    const known = this.#images.get(reference);
    if (known) return known;
    // A proxy that refuses images costs the digests, not the stream.
    const asked = this.#api.image(reference).then(imageFromInspect, () => undefined);
    this.#images.set(reference, asked);
    return asked;
  }

  #drained(): void {
    if (!this.#overflowed || this.#end.signal.aborted) return;
    // What was dropped and still runs is found by looking again.
    this.#overflowed = false;
    this.#snapshot().catch((error) => this.#fail(error));
  }

  #advance(): void {
    const since = this.#queue.oldest() ?? this.#latest;
    const position = this.#memory.position(since);
    const mark = `${since} ${position.told.length} ${position.told.at(-1)?.join(" ")}`;
    if (mark === this.#advancedTo) return;
    this.#advancedTo = mark;
    this.#tell({ kind: "source.advanced", at: this.#now(), source: "docker-events", position });
  }

  #lose(reason: string, count: number): void {
    this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + count);
  }

  #tellLosses(): void {
    for (const [reason, lost] of this.#lost) {
      this.#tell({ kind: "coverage.lost", at: this.#now(), source: "docker-events", lost, reason });
    }
    this.#lost.clear();
  }

  /** A proxy may refuse the ping; a daemon that does not answer it is stuck, and so are our events. */
  #pingFailed(error: unknown): void {
    if ((error as { statusCode?: number }).statusCode === undefined) this.#fail(error);
  }

  #every(milliseconds: number, act: () => void): void {
    if (!this.#end.signal.aborted) this.#timers.push(setInterval(act, milliseconds));
  }

  #tell(fact: Fact): void {
    if (!this.#end.signal.aborted) this.#out.next(fact);
  }

  #fail(error: unknown): void {
    if (this.#end.signal.aborted) return;
    this.#tellLosses();
    this.#out.error(dockerFault(error, this.#api.address));
  }
}

async function inChunks(ids: readonly string[], act: (id: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < ids.length; at += concurrency) {
    await Promise.all(ids.slice(at, at + concurrency).map(act));
  }
}

/** Epoch milliseconds as `since` wants them. */
function seconds(at: number): string {
  return `${Math.floor(at / 1000)}.${String(at % 1000).padStart(3, "0")}000000`;
}

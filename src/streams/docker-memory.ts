/**
 * What the docker stream has told already, so that a reconnection or a restart tells nothing twice. It travels in the
 * position: `since` for the events, and one short key for each container start and image.
 */
import { createHash } from "node:crypto";
import { BoundedMap } from "../operators/bounded.ts";

/** Containers and images an Edge device holds are tens; 1,024 keys are about 40 KB of position. */
const limit = 1024;
const sincePattern = /^\d{1,12}(?:\.\d{1,9})?$/;

export interface DockerPosition {
  readonly epoch: string;
  readonly since: string;
  readonly told: readonly (readonly [string, string])[];
}

export class DockerMemory {
  readonly #told = new BoundedMap<string, string>(limit);
  readonly #epoch: string;
  /** Where events start again; undefined at the very first start. */
  since: string | undefined;

  /**
   * `saved` is unchecked. Another `epoch` (a new version of the module with new rules) forgets what was told, so that
   * everything on the device is judged again; `since` stays.
   */
  constructor(epoch: string, saved: unknown) {
    this.#epoch = epoch;
    const position = (typeof saved === "object" && saved !== null ? saved : {}) as Partial<DockerPosition>;
    if (typeof position.since === "string" && sincePattern.test(position.since)) this.since = position.since;
    if (position.epoch !== epoch || !Array.isArray(position.told)) return;
    for (const entry of position.told.slice(0, limit)) {
      if (Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "string") {
        this.#told.set(entry[0].slice(0, 16), entry[1].slice(0, 16));
      }
    }
  }

  /** True once for each start of a container. */
  startIsNew(id: string, startedAt: number): boolean {
    return this.#isNew(`c${id.slice(0, 15)}`, startedAt.toString(36));
  }

  /** True once for each name of each image. */
  imageIsNew(imageId: string | undefined, reference: string): boolean {
    const digest = createHash("sha256").update(`${imageId}\n${reference}`).digest("base64url").slice(0, 15);
    return this.#isNew(`i${digest}`, "");
  }

  /** JSON-safe. */
  position(since: string): DockerPosition {
    return { epoch: this.#epoch, since, told: [...this.#told.entries()] };
  }

  #isNew(key: string, value: string): boolean {
    if (this.#told.get(key) === value) return false;
    this.#told.set(key, value);
    return true;
  }
}

/** Work that waits for the Docker API: at most `concurrency` at once, at most `limit` waiting, in order of arrival. */
export interface InspectQueue {
  /** False when the queue is full: the task was not taken. `since` marks the event that the task came from. */
  offer(since: string, task: () => Promise<void>): boolean;
  /** `since` of the oldest task not yet done, undefined when nothing is left. */
  oldest(): string | undefined;
  /** Forgets what waits. */
  clear(): void;
}

interface Waiting {
  readonly since: string;
  readonly task: () => Promise<void>;
}

/** `failed` hears the rejection of a task; `drained` is called when the last task is done. */
export function inspectQueue(options: {
  readonly concurrency: number;
  readonly limit: number;
  failed(error: unknown): void;
  drained(): void;
}): InspectQueue {
  // A Set keeps the order of arrival, and first-in is its first value: running tasks stand before waiting ones.
  const running = new Set<Waiting>();
  const waiting = new Set<Waiting>();

  const next = () => {
    for (const work of waiting) {
      if (running.size >= options.concurrency) return;
      waiting.delete(work);
      running.add(work);
      work
        .task()
        .catch(options.failed)
        .finally(() => {
          running.delete(work);
          next();
          if (running.size === 0 && waiting.size === 0) options.drained();
        });
    }
  };

  return {
    offer(since, task) {
      if (waiting.size >= options.limit) return false;
      waiting.add({ since, task });
      next();
      return true;
    },
    oldest: () => (running.values().next().value ?? waiting.values().next().value)?.since,
    clear: () => waiting.clear(),
  };
}

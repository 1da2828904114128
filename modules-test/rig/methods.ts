/** Direct methods from the cloud to a module. */
import { METHOD_CALLS, methodCall, type Published } from "./topics.ts";

export interface MethodAnswer {
  readonly status: number;
  /** Parsed JSON; the raw text when it is none. */
  readonly payload: unknown;
}

export class Methods {
  readonly #deliver: (moduleId: string, filter: string, topic: string, body: string) => boolean;
  readonly #waiting = new Map<string, (answer: MethodAnswer) => void>();
  #last = 0;

  constructor(deliver: (moduleId: string, filter: string, topic: string, body: string) => boolean) {
    this.#deliver = deliver;
  }

  /** `payload`: JSON text. Rejects when nobody listens; status 504 when no answer comes in time (ms). */
  invoke(moduleId: string, name: string, payload: string, timeout: number): Promise<MethodAnswer> {
    const requestId = String(++this.#last);
    if (!this.#deliver(moduleId, METHOD_CALLS, methodCall(name, requestId), payload))
      return Promise.reject(new Error(`${moduleId} is not connected or takes no methods`));
    return new Promise((resolve) => {
      const settle = (answer: MethodAnswer) => {
        clearTimeout(timer);
        this.#waiting.delete(requestId);
        resolve(answer);
      };
      const timer = setTimeout(() => settle({ status: 504, payload: null }), timeout);
      this.#waiting.set(requestId, settle);
    });
  }

  answered({ requestId, status }: Published & { kind: "method-answer" }, body: Buffer): void {
    this.#waiting.get(requestId)?.({ status, payload: parsed(body.toString("utf8")) });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What comes from the hub's side: twins, direct methods, messages of other modules. */
import fc from "fast-check";
import { BehaviorSubject, Subject as Emitter, firstValueFrom, of, toArray } from "rxjs";
import { alertIds } from "../../src/alerts/catalogue.ts";
import { ConfigurationReader } from "../../src/config/configuration.ts";
import { detectors } from "../../src/detectors/index.ts";
import { maxAnswerBytes, methodNames } from "../../src/pipeline/methods.ts";
import { Operator } from "../../src/pipeline/operator.ts";
import type { Hub, HubStatus, InputMessage, MethodCall, TwinUpdate } from "../../src/ports.ts";
import { telemetry } from "../../src/streams/telemetry.ts";
import type { InputKind, Subject } from "./kind.ts";
import { device, HostileModule, lineLog } from "./module.ts";
import { deepJson, json, ownEntries, text } from "./words.ts";

const reader = new ConfigurationReader(detectors);
/** Names that mean something, so that the inner schemas are reached. */
const known = [
  ..."alerts limits repeats language redact observe logLevel heartbeat sources threatLists perMinute enabled severity exceptions allowedImageIds processName user file url sha256".split(
    " ",
  ),
  ...alertIds,
];
const key = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: text });
const branch = (child: fc.Arbitrary<unknown>) => fc.array(fc.tuple(key, child), { maxLength: 3 }).map(ownEntries);
const desired = fc.oneof(
  { weight: 9, arbitrary: branch(fc.oneof(branch(fc.oneof(branch(json), json)), json)) },
  { weight: 1, arbitrary: json },
);

/** An operator over a module of its own: a twin changes what is judged, and must not blind the others' module. */
class OperatorSide {
  readonly twin = new Emitter<TwinUpdate>();
  readonly methods = new Emitter<MethodCall>();
  readonly #module: HostileModule;
  readonly #operator: Operator;
  #version = 0;

  constructor(subject: Subject) {
    this.#module = new HostileModule(subject);
    const hub: Hub = {
      send: async () => undefined,
      status: new BehaviorSubject<HubStatus>({ state: "connected", reason: "" }),
      twin: this.twin,
      methods: this.methods,
      inputs: new Emitter<InputMessage>(),
      async report(patch) {
        const bytes = Buffer.byteLength(JSON.stringify(patch));
        if (bytes > 32 * 1024) subject.violated("size", `a reported patch has ${bytes} bytes`);
      },
      close: async () => undefined,
    };
    this.#operator = new Operator({
      hub,
      guard: this.#module.guard,
      reader,
      status: this.#module.status,
      log: lineLog(subject),
      device,
      version: "1.0.0",
      saveLastGood: async (good) => void JSON.stringify(good),
      recentAlerts: async () => [{ number: 1, alert: {} }],
      scanNow: () => undefined,
      onConfiguration: () => undefined,
      now: () => subject.now(),
    });
    this.#operator.start();
  }

  async take(value: unknown): Promise<void> {
    this.twin.next({ desired: value, version: ++this.#version });
    this.#module.guard.take({ kind: "login.failed", at: Date.now(), user: "eve", method: "password", service: "sshd" });
    await new Promise((resolve) => setImmediate(resolve));
  }

  close(): void {
    this.#operator.close();
    void this.#module.close();
  }
}

export const twins: InputKind<string> = {
  name: "module twins",
  share: 0.2,
  // As it arrives: JSON text, in which __proto__ is a name like any other.
  arbitrary: fc.oneof(
    { weight: 40, arbitrary: desired.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: deepJson },
    { weight: 1, arbitrary: deepJson.map((value) => `{"alerts":${value}}`) },
  ),
  async feed(subject, value) {
    const side = new OperatorSide(subject);
    await side.take(JSON.parse(value));
    side.close();
  },
};

export const methodCalls: InputKind<readonly [string, unknown]> = {
  name: "direct methods",
  share: 4,
  arbitrary: fc.tuple(
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...methodNames) }, { weight: 1, arbitrary: text }),
    fc.oneof(
      json,
      fc.tuple(fc.constantFrom("limit", "before", "alert", "language"), json).map((pair) => ownEntries([pair])),
    ),
  ),
  async feed(subject, [name, payload]) {
    const side = operatorFor(subject);
    await new Promise<void>((resolve) => {
      const respond = (status: number, body: unknown) => {
        if (![200, 400, 404].includes(status))
          subject.violated("methods", `${name} answered ${status}: ${JSON.stringify(body)}`);
        if (Buffer.byteLength(JSON.stringify(body) ?? "") > maxAnswerBytes)
          subject.violated("size", `${name} answered too much`);
        resolve();
      };
      side.methods.next({ name, payload, respond });
    });
  },
};

const sides = new WeakMap<Subject, OperatorSide>();
function operatorFor(subject: Subject): OperatorSide {
  const side = sides.get(subject) ?? new OperatorSide(subject);
  sides.set(subject, side);
  return side;
}

export const messages: InputKind<InputMessage> = {
  name: "telemetry messages",
  share: 4,
  arbitrary: fc.record({
    input: fc.oneof({ weight: 8, arbitrary: fc.constant("telemetry") }, { weight: 1, arbitrary: text }),
    body: text.map((words) => Buffer.from(words)),
    properties: fc
      .array(fc.tuple(text, text), { maxLength: 3 })
      .map((entries) => ownEntries(entries) as Record<string, string>),
    deviceId: fc.option(text, { nil: undefined }),
    moduleId: fc.option(text, { nil: undefined }),
  }),
  async feed(subject, message) {
    const facts = await firstValueFrom(
      telemetry(of(message), () => subject.now())
        .open()
        .pipe(toArray()),
    );
    for (const fact of facts) subject.take(fact);
  },
};

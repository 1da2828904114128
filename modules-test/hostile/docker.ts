/** A Docker engine whose containers, labels and images an attacker named, met through the real stream. */
import { Readable } from "node:stream";
import fc from "fast-check";
import { daemonJson, daemonOptions, listenersInWarnings } from "../../src/parsers/docker/daemon.ts";
import { containerFromInspect } from "../../src/parsers/docker/inspect.ts";
import { dockerListeners } from "../../src/parsers/docker/posture.ts";
import { environmentFile, expanded, unitSettings } from "../../src/parsers/docker/unit.ts";
import type { DockerApi } from "../../src/streams/docker-client.ts";
import { dockerEvents } from "../../src/streams/docker-events.ts";
import type { InputKind } from "./kind.ts";
import { deepJson, json, numeral, ownEntries, text } from "./words.ts";

const labels = fc.array(fc.tuple(text, fc.oneof(text, json)), { maxLength: 4 }).map(ownEntries);
const texts = fc.oneof(fc.array(text, { maxLength: 4 }), json);
const orJson = (one: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: one }, { weight: 1, arbitrary: json });

const inspect: fc.Arbitrary<unknown> = orJson(
  fc.record(
    {
      Id: orJson(fc.constantFrom("a".repeat(64), "b".repeat(64))),
      Name: orJson(text),
      Image: orJson(text),
      State: orJson(
        fc.record({ Running: fc.constant(true), StartedAt: orJson(fc.constant("2026-11-24T10:00:00.1Z")) }),
      ),
      Config: orJson(
        fc.record({ Image: orJson(text), Labels: orJson(labels), Cmd: texts, Entrypoint: texts, Env: texts }),
      ),
      HostConfig: orJson(
        fc.record({
          Privileged: orJson(fc.boolean()),
          CapAdd: texts,
          Binds: texts,
          PidMode: orJson(text),
          NetworkMode: orJson(text),
        }),
      ),
      Mounts: orJson(
        fc.array(fc.record({ Type: fc.constant("bind"), Source: orJson(text), Destination: orJson(text), RW: json }), {
          maxLength: 3,
        }),
      ),
      RepoTags: texts,
      RepoDigests: texts,
      Metadata: json,
    },
    { requiredKeys: ["Id", "Config", "State"] },
  ),
);

const event = fc
  .tuple(
    fc.constantFrom("container", "image"),
    fc.constantFrom("start", "create", "pull", "tag"),
    orJson(text),
    fc.oneof(
      { weight: 20, arbitrary: orJson(labels).map((value) => JSON.stringify(value)) },
      { weight: 1, arbitrary: deepJson },
    ),
    numeral,
    fc.oneof({ weight: 6, arbitrary: fc.constant("") }, { weight: 1, arbitrary: text }),
  )
  .map(
    ([Type, Action, ID, attributes, nano, tail]) =>
      `{"Type":"${Type}","Action":"${Action}","Actor":{"ID":${JSON.stringify(ID)},"Attributes":${attributes}},"time":1795510173,"timeNano":${nano}}${tail}`,
  );

interface DockerInput {
  readonly events: readonly string[];
  readonly container: unknown;
  readonly image: unknown;
}

/** Whole turns of the event loop after which the stream has asked and told everything. */
const turns = 12;

export const docker: InputKind<DockerInput> = {
  name: "docker stream",
  share: 1.5,
  arbitrary: fc.record({ events: fc.array(event, { minLength: 1, maxLength: 3 }), container: inspect, image: inspect }),
  async feed(subject, { events, container, image }) {
    const api: DockerApi = {
      address: "hostile",
      info: async () => container,
      ping: async () => "OK",
      containers: async () => [{ Id: "a".repeat(64) }],
      images: async () => [{ Id: "sha256:1" }],
      container: async () => container,
      image: async () => image,
      events: async () => Readable.from([Buffer.from(`${events.join("\n")}\n`)], { autoDestroy: false }),
    };
    const subscription = dockerEvents({ api, now: () => subject.now() })
      .open(container)
      .subscribe({ next: (fact) => subject.take(fact), error: (error: Error) => subject.printed(error.message) });
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    subscription.unsubscribe();
  },
};

/** `docker inspect` objects as `vedette replay --containers` takes them: no stream, so ten times as many. */
export const inspected: InputKind<unknown> = {
  name: "docker inspect",
  share: 12,
  arbitrary: inspect,
  feed(subject, value) {
    const found = containerFromInspect(value);
    if (found)
      subject.take({ kind: "container.started", at: found.startedAt ?? subject.now(), container: found.detail });
  },
};

/** How dockerd was told to listen: arguments, daemon.json, units, warnings. */
export const daemon: InputKind<readonly [string, string[], unknown]> = {
  name: "dockerd's settings",
  share: 2,
  arbitrary: fc.tuple(
    fc
      .tuple(text, text)
      .map(
        ([a, b]) => `[Service]\nEnvironment="A=${b}"\nExecStart=/usr/bin/dockerd ${a} $A \${A}\nListenStream=${b}\n`,
      ),
    fc.array(
      fc.oneof(
        text,
        text.map((host) => `-H${host}`),
        fc.constantFrom("-H", "--host", "--tlsverify=false"),
      ),
      { maxLength: 6 },
    ),
    fc.record({ hosts: texts, tls: json, tlsverify: json, Warnings: texts }),
  ),
  feed(subject, [unit, args, settings]) {
    const { command = [], environment, listen } = unitSettings([unit]);
    const fromUnit = daemonOptions(expanded(command, { ...environment, ...environmentFile(unit) }));
    const file = daemonJson(JSON.stringify(settings));
    const warnings = listenersInWarnings(args.map((arg) => `API is accessible on http://${arg} without encryption`));
    const listeners = dockerListeners({
      intents: [
        { seenIn: "command-line", ...daemonOptions(args) },
        { seenIn: "systemd", ...fromUnit, hosts: [...fromUnit.hosts, ...listen] },
        ...(file ? [{ seenIn: "daemon.json" as const, ...file }] : []),
        { seenIn: "info-warning", hosts: warnings.map(({ host, port }) => `tcp://${host}:${port}`), tls: "none" },
      ],
      owned: [{ ip: "0.0.0.0", port: 2375 }],
      listening: [],
      notApi: new Set(),
    });
    subject.take({ kind: "docker.posture", at: subject.now(), listeners });
  },
};

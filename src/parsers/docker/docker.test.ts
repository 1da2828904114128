import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { daemonArguments, daemonJson, daemonOptions, listenerOf, listenersInWarnings } from "./daemon.ts";
import { dockerEvent } from "./event.ts";
import { containerFromEvent, containerFromInspect, imageFromInspect } from "./inspect.ts";
import { dockerListeners } from "./posture.ts";
import { environmentFile, expanded, unitSettings } from "./unit.ts";

const id = "c".repeat(64);

describe("docker event", () => {
  const line = (extra: object = {}) =>
    JSON.stringify({
      status: "start",
      Type: "container",
      Action: "start",
      Actor: { ID: id, Attributes: { image: "a/b:1", name: "web", "com.x": "y" } },
      time: 1_700_000_000,
      ...extra,
    }).replace(/}$/, ',"timeNano":1700000000123456789}');

  test("keeps the nanoseconds that a number cannot hold", () => {
    expect(dockerEvent(line())).toEqual({
      type: "container",
      action: "start",
      id,
      attributes: { image: "a/b:1", name: "web", "com.x": "y" },
      at: 1_700_000_000_123,
      since: "1700000000.123456789",
    });
  });

  test("a label that looks like the time does not move it", () => {
    const forged = { Actor: { ID: id, Attributes: { l: '"timeNano":9999999999999999999' } } };
    expect(dockerEvent(line(forged))?.since).toBe("1700000000.123456789");
  });

  test("falls back on seconds", () => {
    expect(dockerEvent(line().replace(/,"timeNano":\d+/, ""))?.since).toBe("1700000000.000000000");
  });

  test("other types and broken lines are nothing", () => {
    for (const text of [line({ Type: "network" }), "{", "", "[]", "null", '{"Type":"container"}']) {
      expect(dockerEvent(text)).toBeUndefined();
    }
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void dockerEvent(text)));
  });
});

describe("docker inspect", () => {
  const inspect = (extra: object = {}, host: object = {}) => ({
    Id: id,
    Name: "/web",
    Image: "sha256:1",
    State: { Running: true, StartedAt: "2026-01-02T03:04:05.678901234Z" },
    Config: { Image: "a/b:1", Cmd: ["x", "y"], Entrypoint: "/run", Env: ["A=b"], Labels: { k: "v" } },
    HostConfig: {
      Privileged: true,
      CapAdd: ["SYS_ADMIN"],
      Binds: ["/a:/b"],
      PidMode: "host",
      NetworkMode: "",
      ...host,
    },
    ...extra,
  });

  test("reduces a container to what detectors judge", () => {
    expect(containerFromInspect(inspect())).toEqual({
      detail: {
        id,
        name: "web",
        image: "a/b:1",
        imageId: "sha256:1",
        privileged: true,
        capAdd: ["SYS_ADMIN"],
        binds: ["/a:/b"],
        pidMode: "host",
        networkMode: undefined,
        labels: { k: "v" },
        command: ["x", "y"],
        entrypoint: ["/run"],
        environment: ["A=b"],
      },
      startedAt: Date.parse("2026-01-02T03:04:05.678Z"),
      running: true,
    });
  });

  test("a container with edgeAgent's label is a module, whatever the label says", () => {
    const labels = { "net.azure-devices.edge.owner": "" };
    expect(containerFromInspect(inspect({ Config: { Labels: labels } }))?.detail.module).toBe("web");
    expect(containerFromInspect(inspect())?.detail.module).toBeUndefined();
  });

  test("mounts complete the binds without repeating them", () => {
    const Mounts = [
      { Type: "bind", Source: "/a", Destination: "/b", RW: true },
      { Type: "bind", Source: "/etc", Destination: "/e", RW: false },
      { Type: "volume", Source: "/var/lib/docker/volumes/v", Destination: "/v" },
    ];
    expect(containerFromInspect(inspect({ Mounts }))?.detail.binds).toEqual(["/a:/b", "/etc:/e:ro"]);
  });

  test("never started is no time; only `true` is privileged", () => {
    const found = containerFromInspect(
      inspect({ State: { StartedAt: "0001-01-01T00:00:00Z" } }, { Privileged: "true" }),
    );
    expect(found).toMatchObject({ startedAt: undefined, running: false, detail: { privileged: false } });
  });

  test("a container that was gone is told by its event", () => {
    const event = {
      type: "container" as const,
      action: "start",
      id,
      attributes: { image: "a/b", name: "m1", "net.azure-devices.edge.owner": "x" },
      at: 1,
      since: "0.1",
    };
    expect(containerFromEvent(event)).toMatchObject({
      id,
      name: "m1",
      module: "m1",
      image: "a/b",
      privileged: false,
      labels: { "net.azure-devices.edge.owner": "x" },
    });
  });

  test("an image keeps its real names", () => {
    const image = {
      Id: "sha256:2",
      RepoTags: ["a/b:1", "<none>:<none>"],
      RepoDigests: ["a/b@sha256:3"],
      Metadata: { LastTagTime: "2026-01-01T00:00:00Z" },
    };
    expect(imageFromInspect(image)).toEqual({
      imageId: "sha256:2",
      tags: ["a/b:1"],
      repoDigests: ["a/b@sha256:3"],
      taggedAt: Date.parse("2026-01-01T00:00:00Z"),
    });
    expect(imageFromInspect({})).toBeUndefined();
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        containerFromInspect(value);
        containerFromInspect({ Config: value, HostConfig: value, Mounts: value, State: value });
        imageFromInspect(value);
      }),
    );
  });
});

describe("dockerd's options", () => {
  test.each([
    [["-H", "tcp://0.0.0.0:2375"], ["tcp://0.0.0.0:2375"], "none"],
    [["-Htcp://1.2.3.4:1", "-H=fd://"], ["tcp://1.2.3.4:1", "fd://"], "none"],
    [["--host", "a:1", "--host=b:2"], ["a:1", "b:2"], "none"],
    [["-DH", "x:1"], ["x:1"], "none"],
    [["--tlsverify", "-H", "x:1"], ["x:1"], "tlsverify"],
    [["--tlsverify=false", "-H", "x:1"], ["x:1"], "tls"],
    [["--tls", "--tlscacert", "ca.pem", "-H", "x:1"], ["x:1"], "tls"],
    [["--tls=false", "-H", "x:1"], ["x:1"], "none"],
    [["--tlscacert=ca.pem", "-H", "x:1"], ["x:1"], "none"],
    [["--label", "-H", "x"], [], "none"],
    [["--log-level", "debug", "-H", "unix:///s"], ["unix:///s"], "none"],
  ] as const)("%j", (args, hosts, tls) => {
    expect(daemonOptions(args)).toMatchObject({ hosts, tls });
  });

  test.each([
    [
      ["/usr/bin/dockerd", "-H", "x"],
      ["-H", "x"],
    ],
    [
      ["docker", "daemon", "-H", "x"],
      ["-H", "x"],
    ],
    [
      ["docker", "-d", "-H", "x"],
      ["-d", "-H", "x"],
    ],
    [["docker", "-H", "x", "ps"], undefined],
    [["docker", "run", "-d", "x"], undefined],
    [["docker", "run", "x", "daemon"], undefined],
    [["mydockerd", "-H", "x"], undefined],
    [[], undefined],
  ])("daemon or client: %j", (argv, expected) => {
    expect(daemonArguments(argv)).toEqual(expected);
  });

  test.each([
    ["tcp://0.0.0.0:2375", "none", { host: "0.0.0.0", port: 2375 }],
    ["0.0.0.0:2375", "none", { host: "0.0.0.0", port: 2375 }],
    ["tcp://", "none", { host: "localhost", port: 2375 }],
    ["tcp://:4000", "none", { host: "localhost", port: 4000 }],
    ["tcp://10.0.0.1", "tls", { host: "10.0.0.1", port: 2376 }],
    ["tcp://[::]:2375", "none", { host: "::", port: 2375 }],
    ["tcp://[fe80::1]", "none", { host: "fe80::1", port: 2375 }],
    ["tcp://host.example:2375/path", "none", { host: "host.example", port: 2375 }],
    ["unix:///var/run/docker.sock", "none", undefined],
    ["fd://", "none", undefined],
    ["npipe:////./pipe/x", "none", undefined],
    ["/var/run/docker.sock", "none", undefined],
  ] as const)("listener of %s", (host, tls, expected) => {
    expect(listenerOf(host, tls)).toEqual(expected);
  });

  test("daemon.json", () => {
    expect(daemonJson('{"hosts":["fd://","tcp://0.0.0.0:2375"],"tlsverify":true}')).toMatchObject({
      hosts: ["fd://", "tcp://0.0.0.0:2375"],
      tls: "tlsverify",
      tlsSet: true,
    });
    expect(daemonJson('{"debug":true}')).toMatchObject({ hosts: [], tls: "none", tlsSet: false });
    for (const text of ["", "{", "[]", "null"]) expect(daemonJson(text)).toBeUndefined();
  });

  test("warnings of old and new engines", () => {
    const warnings = [
      "WARNING: API is accessible on http://0.0.0.0:2375 without encryption.\n   Access to the remote API...",
      "[DEPRECATION NOTICE]: API is accessible on https://[::]:2376 without TLS client verification.",
      "WARNING: No swap limit support",
    ];
    expect(listenersInWarnings(warnings)).toEqual([
      { host: "0.0.0.0", port: 2375, tls: "none" },
      { host: "::", port: 2376, tls: "tls" },
    ]);
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (args, text) => {
        daemonOptions(args);
        daemonArguments(args);
        daemonJson(text);
        listenerOf(text, "none");
        listenersInWarnings(args);
        unitSettings(args);
        environmentFile(text);
        expanded(args, { A: text });
      }),
    );
  });
});

describe("systemd unit", () => {
  test("a drop-in resets what stood before", () => {
    const unit = "[Service]\nExecStart=/usr/bin/dockerd -H fd:// \\\n  --debug\n";
    expect(unitSettings([unit]).command).toEqual(["/usr/bin/dockerd", "-H", "fd://", "--debug"]);
    const dropIn = "[Service]\nExecStart=\nExecStart=-/usr/bin/dockerd -H 'tcp://0.0.0.0:2375'\n";
    expect(unitSettings([unit, dropIn]).command).toEqual(["/usr/bin/dockerd", "-H", "tcp://0.0.0.0:2375"]);
    expect(unitSettings([unit, "ExecStart=\n"]).command).toBeUndefined();
  });

  test("comments and other keys are left out", () => {
    const text =
      "# ExecStart=/bin/a\n;ExecStart=/bin/b\nExecStartPre=/bin/c\nListenStream=2375\nListenStream = /run/d\n";
    expect(unitSettings([text])).toMatchObject({ command: undefined, listen: ["2375", "/run/d"] });
  });

  test("variables come from the environment", () => {
    const text = `Environment="A=-H tcp://x:1" B=2\nEnvironmentFile=-/etc/default/docker\nExecStart=/d $A --b=\${B} $C \${C}`;
    const { command, environment, environmentFiles } = unitSettings([text]);
    expect(environmentFiles).toEqual(["-/etc/default/docker"]);
    expect(expanded(command ?? [], environment)).toEqual(["/d", "-H", "tcp://x:1", "--b=2", ""]);
  });

  test("a default file of a shell", () => {
    expect(environmentFile("#A=1\nexport DOCKER_OPTS=\"-H tcp://x:1 -D\"\nB='c d'\n")).toEqual({
      DOCKER_OPTS: "-H tcp://x:1 -D",
      B: "c d",
    });
  });
});

describe("listeners of dockerd", () => {
  const none = { intents: [], owned: [], listening: [], notApi: new Set<number>() };

  test("intent and socket become one listener with its proofs in order", () => {
    const intents = [
      { seenIn: "info-warning", hosts: ["tcp://0.0.0.0:2375"], tls: "none" },
      { seenIn: "command-line", hosts: ["fd://", "tcp://0.0.0.0:2375"], tls: "none" },
    ] as const;
    const listening = [{ ip: "0.0.0.0", port: 2375 }];
    expect(dockerListeners({ ...none, intents, listening, owned: listening })).toEqual([
      { host: "0.0.0.0", port: 2375, tls: "none", seenIn: ["socket", "command-line", "info-warning"] },
    ]);
  });

  test("intent alone is told as intent", () => {
    const intents = [{ seenIn: "daemon.json", hosts: ["tcp://10.0.0.1:2375"], tls: "tls" }] as const;
    const listening = [{ ip: "10.0.0.2", port: 2375 }];
    expect(dockerListeners({ ...none, intents, listening })).toEqual([
      { host: "10.0.0.1", port: 2375, tls: "tls", seenIn: ["daemon.json"] },
    ]);
  });

  test("an owned socket that nothing explains is told, but not swarm's or the metrics'", () => {
    const owned = [2377, 7946, 9323, 4243].map((port) => ({ ip: "::", port }));
    expect(dockerListeners({ ...none, owned, listening: owned, notApi: new Set([9323]) })).toEqual([
      { host: "::", port: 4243, tls: "none", seenIn: ["socket"] },
    ]);
  });

  test("the weaker claim about TLS counts", () => {
    const intents = [
      { seenIn: "systemd", hosts: ["tcp://0.0.0.0:2376"], tls: "tlsverify" },
      { seenIn: "info-warning", hosts: ["tcp://0.0.0.0:2376"], tls: "tls" },
    ] as const;
    expect(dockerListeners({ ...none, intents })[0]?.tls).toBe("tls");
  });

  test("a name matches the loopback only when it is localhost", () => {
    const intents = [{ seenIn: "command-line", hosts: ["tcp://localhost:2375"], tls: "none" }] as const;
    const loopback = [{ ip: "127.0.0.1", port: 2375 }];
    const lan = [{ ip: "192.168.1.2", port: 2375 }];
    expect(dockerListeners({ ...none, intents, listening: loopback })[0]?.seenIn).toContain("socket");
    expect(dockerListeners({ ...none, intents, listening: lan })[0]?.seenIn).not.toContain("socket");
  });
});

/** The rig by itself: the workload API over its socket, and who may connect. */
import { X509Certificate } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { credentialSource } from "../../src/hub/credentials.ts";
import { readIdentity } from "../../src/hub/identity.ts";
import { openSession } from "../../src/hub/session.ts";
import { DEFAULT_TIMING } from "../../src/hub/timing.ts";
import { type Rig, startRig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    deployment: { routes: { alerts: "FROM /messages/modules/vedette/outputs/alerts INTO $upstream" } },
  });
});
afterAll(() => rig.close());

function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, string> }> {
  const socketPath = rig.environment.IOTEDGE_WORKLOADURI?.replace("unix://", "");
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    outgoing.on("error", reject).end(body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body));
  });
}

const VERSION = "?api-version=2018-06-28";
const mine = () => `/modules/vedette/genid/${rig.environment.IOTEDGE_MODULEGENERATIONID}`;

describe("the workload API", () => {
  test("hands out the trust bundle and lists the modules", async () => {
    expect(await call("GET", `/trust-bundle${VERSION}`)).toEqual({
      status: 200,
      body: { certificate: rig.trustBundle },
    });
    expect((await call("GET", `/modules${VERSION}`)).body).toMatchObject({ modules: [{ name: "vedette" }] });
  });

  test("issues a server certificate that the trust bundle verifies", async () => {
    const { status, body } = await call("POST", `${mine()}/certificate/server${VERSION}`, {
      commonName: "localhost",
      expiration: new Date(Date.now() + 86_400_000).toISOString(),
    });
    expect(status).toBe(201);
    const certificate = new X509Certificate(body.certificate ?? "");
    expect(certificate.verify(new X509Certificate(rig.trustBundle).publicKey)).toBe(true);
    expect(certificate.checkHost("localhost")).toBe("localhost");
  });

  test("answers its errors as { message }", async () => {
    const statuses = await Promise.all([
      call("GET", "/trust-bundle"),
      call("POST", `/modules/other/genid/1/sign${VERSION}`, { data: "eA==" }),
      call("POST", `/modules/vedette/genid/wrong/sign${VERSION}`, { data: "eA==" }),
      call("POST", `${mine()}/sign${VERSION}`, "{"),
      call("POST", `${mine()}/sign${VERSION}`, {}),
      call("GET", `/secrets${VERSION}`),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([400, 404, 404, 400, 400, 404]);
    expect(statuses.every(({ body }) => typeof body.message === "string")).toBe(true);
  });

  test("refusing, it answers 500; stopped, its socket is gone", async () => {
    await rig.workload.setMode("refusing");
    expect((await call("GET", `/trust-bundle${VERSION}`)).status).toBe(500);
    await rig.workload.setMode("stopped");
    await expect(call("GET", `/trust-bundle${VERSION}`)).rejects.toThrow("ENOENT");
    await rig.workload.setMode("serving");
  });
});

describe("edgeHub", () => {
  const connect = async (over: { moduleId?: string; token?: string; deviceId?: string } = {}) => {
    const identity = { ...readIdentity(rig.environment), ...over };
    const credentials = credentialSource(readIdentity(rig.environment), 1000);
    const token = over.token ?? (await credentials.token(60));
    const nothing = () => undefined;
    const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const listeners = { onMethod: () => false, onInput: nothing, onTwin: nothing, onAcknowledged: nothing };
    const authority = await credentials.authority();
    return openSession({ identity, token, authority, timing: DEFAULT_TIMING, log, ...listeners });
  };

  test("lets its own module in", async () => {
    const session = await connect();
    expect(rig.connected).toEqual(["vedette"]);
    await session.end("done", true);
  });

  test.each([
    ["a token of nobody", { token: "SharedAccessSignature sr=x&sig=y&se=9999999999" }],
    ["a good token under another module's name", { moduleId: "other" }],
    ["a good token under another device's name", { deviceId: "other" }],
  ])("refuses %s", async (_, over) => {
    await expect(connect(over)).rejects.toThrow(/Not authorized/i);
    expect(rig.connected).toEqual([]);
  });

  test("acknowledges and drops what no route takes, and what is too large to route, and counts both", async () => {
    const session = await connect();
    const arrived: string[] = [];
    const watching = rig.upstream.subscribe(({ id }) => arrived.push(id));
    const before = { ...rig.counters };
    const send = (id: string, output: string, body = "{}") =>
      session.send({ id, output, severity: "low", body, properties: { padding: "x".repeat(1000) } });
    await send("unrouted", "heartbeat");
    await send("large", "alerts", "x".repeat(256 * 1024 - 500));
    await send("fits", "alerts", "x".repeat(200 * 1024));
    expect(arrived).toEqual(["fits"]);
    expect(rig.counters.noRoute - before.noRoute).toBe(1);
    expect(rig.counters.tooLarge - before.tooLarge).toBe(1);
    watching.unsubscribe();
    await session.end("done", true);
  });
});

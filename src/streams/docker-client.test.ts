import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dockerApi } from "./docker-client.ts";

let directory = "";
let server: Server;
/** Requests so far, and of how many the connection is cut. */
const seen = { asked: 0, cut: 0 };

beforeEach(async () => {
  Object.assign(seen, { asked: 0, cut: 0 });
  directory = mkdtempSync(join(tmpdir(), "docker-client-"));
  server = createServer((request, response) => {
    if (++seen.asked <= seen.cut) request.socket.destroy();
    else response.writeHead(200, { "content-type": "application/json" }).end('{"Id":"abc"}');
  });
  await new Promise<void>((listening) => server.listen(join(directory, "docker.sock"), listening));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(directory, { recursive: true, force: true });
});

describe("a question whose connection is closed by the other side", () => {
  const api = () => dockerApi({ socketPath: join(directory, "docker.sock") });

  test.each(["container", "image"] as const)("is asked once more: %s", async (what) => {
    seen.cut = 1;
    expect(await api()[what]("abc")).toEqual({ Id: "abc" });
    expect(seen.asked).toBe(2);
  });

  test("fails when that is closed too", async () => {
    seen.cut = 2;
    await expect(api().container("abc")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(seen.asked).toBe(2);
  });
});

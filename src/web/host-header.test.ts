import { describe, expect, test } from "vitest";
import { isOwnHost } from "./host-header.ts";

const own = new Set(["vedette", "edge-7.plant.example"]);

describe("the Host header", () => {
  test.each([
    "127.0.0.1",
    "127.0.0.1:9600",
    "10.1.2.3:80",
    "[::1]:9600",
    "[fe80::1]",
    "localhost",
    "LOCALHOST:9600",
    "localhost.:9600",
    "vedette:9600",
    "Edge-7.Plant.Example",
  ])("%s is ours", (host) => expect(isOwnHost(host, own)).toBe(true));

  test.each([
    "evil.example",
    "evil.example:9600",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "vedette.evil.example",
    "evil.example@127.0.0.1",
    "[evil.example]",
    "[::1",
    "127.0.0.1:",
    "127.0.0.1:port",
    "127.0.0.1:9600:1",
    "2130706433",
    "0x7f.1",
    "",
    " ",
    "localhost/",
    "a".repeat(100_000),
  ])("%s is not", (host) => expect(isOwnHost(host, own)).toBe(false));

  test("a request without one is not", () => expect(isOwnHost(undefined, own)).toBe(false));
});

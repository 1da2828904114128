import { describe, expect, test } from "vitest";
import { addressClass, isLoopback, parseUrl, urlsIn } from "./addresses.ts";

describe("addresses", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["127.1", "loopback"],
    ["::1", "loopback"],
    ["::ffff:10.0.0.1", "private"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["fd00::1", "private"],
    ["169.254.1.1", "link-local"],
    ["fe80::1", "link-local"],
    ["224.0.0.1", "multicast"],
    ["0.0.0.0", "unspecified"],
    ["8.8.8.8", "public"],
    ["203.0.113.9", "public"],
    ["2606:4700::1111", "public"],
    ["host.example", undefined],
    ["1234", undefined],
    ["", undefined],
  ])("%s is %s", (text, kind) => {
    expect(addressClass(text)).toBe(kind);
  });

  test("this machine goes by name too", () => {
    expect(["localhost", "LOCALHOST", "127.9.9.9", "0.0.0.0", "[::1]"].map(isLoopback)).toEqual(Array(5).fill(true));
    expect(["localhost.example", "10.0.0.1"].map(isLoopback)).toEqual([false, false]);
  });
});

describe("URLs", () => {
  test("are taken apart without decoding", () => {
    expect(parseUrl("https://u:p@Host.example:8443/a/b?q#f")).toMatchObject({
      scheme: "https",
      host: "host.example",
      port: 8443,
      path: "/a/b",
    });
    expect(parseUrl("http://[2001:db8::1]:80/x")).toMatchObject({ host: "2001:db8::1", port: 80 });
    expect(parseUrl("192.0.2.4/bot")).toMatchObject({ scheme: "", host: "192.0.2.4", path: "/bot" });
  });

  test.each(["", "-", "file", "javascript://x", "http://", "/a/b", "./a.b/c", "http://a b/"])("%j is none", (text) => {
    expect(parseUrl(text)).toBeUndefined();
  });

  test("are found in text, ended by its punctuation", () => {
    const text = 'x="http://a.example/1";(curl ftp://b.example/2)|<https://c.example>';
    expect(urlsIn(text).map((url) => url.text)).toEqual([
      "http://a.example/1",
      "ftp://b.example/2",
      "https://c.example",
    ]);
  });
});

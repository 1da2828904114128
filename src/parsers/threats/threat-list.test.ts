import { describe, expect, test } from "vitest";
import { parseThreatList } from "./threat-list.ts";

const plain = (text: string) => parseThreatList("t", text).list;

describe("threat list", () => {
  test("addresses, also with a port, comment or description behind them, are found; neighbours are not", () => {
    const list = plain("# c\n203.0.113.9\n198.51.100.7:4444\n192.0.2.1 seen today\n; x\n\n");
    expect(list.size).toBe(3);
    expect(list.address("203.0.113.9")).toBe("203.0.113.9");
    expect(list.address("198.51.100.7")).toBe("198.51.100.7");
    expect(list.address("192.0.2.1")).toBe("192.0.2.1");
    expect(list.address("203.0.113.8")).toBeUndefined();
    expect(list.address("203.0.113.10")).toBeUndefined();
    expect(list.address("not an address")).toBeUndefined();
  });

  test("ranges hold their first and last address and nothing beside them, also when they overlap", () => {
    const list = plain("10.1.2.0/24\n10.1.2.128/25\n10.1.4.0/30\n255.255.255.0/24");
    expect(list.address("10.1.2.0")).toBe("10.1.2.0/24");
    expect(list.address("10.1.2.255")).toBe("10.1.2.0/24");
    expect(list.address("10.1.3.0")).toBeUndefined();
    expect(list.address("10.1.1.255")).toBeUndefined();
    expect(list.address("10.1.4.3")).toBe("10.1.4.0/30");
    expect(list.address("10.1.4.4")).toBeUndefined();
    expect(list.address("255.255.255.255")).toBe("255.255.255.0/24");
  });

  test("IPv6 is compared by value, not by spelling, and mapped IPv4 counts as IPv4", () => {
    const list = plain("2001:db8::0:1\n2001:db8:1::/48\n::ffff:203.0.113.50");
    expect(list.address("2001:0db8:0:0:0:0:0:1")).toBeDefined();
    expect(list.address("2001:db8:1:ffff::9")).toBe("2001:db8:1::/48");
    expect(list.address("2001:db8:2::9")).toBeUndefined();
    expect(list.address("203.0.113.50")).toBeDefined();
  });

  test("a domain hits itself and what is below it, not what merely ends like it", () => {
    const list = plain("Evil.Example.\n*.bad.test");
    expect(list.domain("evil.example")).toBe("evil.example");
    expect(list.domain("a.b.evil.example.")).toBe("evil.example");
    expect(list.domain("notevil.example")).toBeUndefined();
    expect(list.domain("x.bad.test")).toBe("bad.test");
    expect(list.domain("example")).toBeUndefined();
  });

  test("a bare top-level name is refused, it would hit the world", () => {
    expect(parseThreatList("t", "com\n").rejected).toBe(1);
  });

  test("URLs match by host, port, path and query; another path of the host does not, unless the host is listed", () => {
    const list = plain("http://files.test/mal.sh?x=1\nhttps://whole.test/\n203.0.113.77");
    expect(list.url("https://FILES.test/mal.sh?x=1#frag")).toBeDefined();
    expect(list.url("http://files.test/good.sh")).toBeUndefined();
    expect(list.url("http://whole.test/any/thing")).toBeDefined();
    expect(list.url("http://203.0.113.77:8080/x")).toBe("203.0.113.77");
    expect(list.url("203.0.113.77/x")).toBe("203.0.113.77");
    expect(list.url("http://[::1")).toBeUndefined();
  });

  test("images match without tag, digest and Docker Hub's prefix", () => {
    const list = plain("evilco/miner\nimage:bad");
    expect(list.image("docker.io/evilco/miner:1.2@sha256:00")).toBe("evilco/miner");
    expect(list.image("docker.io/library/bad")).toBe("bad");
    expect(list.image("evilco/miner-not")).toBeUndefined();
  });

  test("hosts files and CSV columns, quoted or not, are read", () => {
    const hosts = parseThreatList("h", "127.0.0.1 localhost\n0.0.0.0 a.test b.test # c\n", {
      format: "hosts",
      column: 1,
    });
    expect(hosts.list.domain("b.test")).toBe("b.test");
    expect(hosts.list.size).toBe(2);
    const csv = parseThreatList("c", '1,"x, y",203.0.113.4\n2,z,"c.test"\n3,short\n', { format: "csv", column: 3 });
    expect(csv.list.address("203.0.113.4")).toBeDefined();
    expect(csv.list.domain("c.test")).toBeDefined();
    expect(csv.rejected).toBe(0);
  });

  test("the first line that is no entry is named", () => {
    const result = parseThreatList("t", "203.0.113.1\n<html>\n256.1.1.1x?\n");
    expect(result.rejected).toBe(2);
    expect(result.firstRejected).toEqual({ line: 2, text: "<html>" });
  });
});

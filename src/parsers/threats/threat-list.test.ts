import { describe, expect, test } from "vitest";
import { isThreatEntry, mostNames, parseThreatList, ThreatListParser } from "./threat-list.ts";

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

describe("a list of unrouted space", () => {
  test("does not make an alert of the device's own networks, but takes their parts and all else", () => {
    const everyday = [
      "0.0.0.0/8",
      "10.0.0.0/8",
      "127.0.0.0/8",
      "192.168.0.0/16",
      "224.0.0.0/4",
      "0.0.0.0/0",
      "::1",
      "fe80::/10",
    ];
    const { list, leftOut, rejected } = parseThreatList(
      "t",
      `${everyday.join("\n")}\n127.0.0.1\n10.0.0.66\n10.9.0.0/16\n198.18.0.0/15\n`,
    );
    expect({ leftOut, rejected, size: list.size }).toEqual({ leftOut: everyday.length + 1, rejected: 0, size: 3 });
    expect(list.address("192.168.1.1")).toBeUndefined();
    expect(list.address("127.0.0.1")).toBeUndefined();
    expect(list.address("10.0.0.66")).toBe("10.0.0.66");
    expect(list.address("10.9.1.1")).toBe("10.9.0.0/16");
    expect(list.address("198.19.255.255")).toBe("198.18.0.0/15");
  });
});

describe("a list in pieces", () => {
  const text = "203.0.113.1\r\nevil.test\r\n198.51.100.0/24\nhttp://x.test/a\nbad line !\n2001:db8::1";

  test.each([1, 2, 3, 7, 1000])("of %i characters is the same as the whole", (length) => {
    const parser = new ThreatListParser("t");
    for (let at = 0; at < text.length; at += length) parser.push(text.slice(at, at + length));
    const { list, rejected, firstRejected } = parser.finish();
    expect([list.size, rejected, firstRejected]).toEqual([5, 1, { line: 5, text: "bad" }]);
    expect(list.address("2001:db8::1")).toBeDefined();
  });

  test("with a line that never ends is refused in that line only", () => {
    const parser = new ThreatListParser("t");
    parser.push("203.0.113.1\n");
    for (let i = 0; i < 100; i++) parser.push("x".repeat(10_000));
    parser.push("\n203.0.113.2\n");
    const { list, rejected } = parser.finish();
    expect(rejected).toBe(1);
    expect(list.address("203.0.113.2")).toBeDefined();
  });

  test("counts an address that stands in it twice once", () => {
    expect(parseThreatList("t", "203.0.113.1\n203.0.113.1\nA.test\na.test\n").list.size).toBe(2);
  });

  test("with more names than are kept is refused as a whole", () => {
    const parser = new ThreatListParser("t");
    expect(() => {
      for (let i = 0; i <= mostNames; i += 1000)
        parser.push(Array.from({ length: 1000 }, (_, j) => `n${i + j}.test\n`).join(""));
    }).toThrow("more than");
  });
});

test.each([
  ["203.0.113.9", true],
  ["203.0.113.0/24", true],
  ["203.0.113.0/33", false],
  ["203.0.113.9/payload.sh", true],
  ["files.test:8080/x", true],
  ["10.0.0.0/8", false],
  ["2001:db8::/129", false],
  ["com", false],
  ["evilco/miner", true],
  ["", false],
])("%j is an entry: %s", (text, expected) => {
  expect(isThreatEntry(text)).toBe(expected);
});

test("URLs without a scheme are found by host, port and path", () => {
  const list = plain("203.0.113.9/payload.sh\nfiles.test:8080/x\n");
  expect(list.url("http://203.0.113.9/payload.sh")).toBeDefined();
  expect(list.url("http://203.0.113.9/other.sh")).toBeUndefined();
  expect(list.url("https://files.test:8080/x")).toBeDefined();
});

test("CSV with semicolons or tabs is read where there is no comma", () => {
  const column = { format: "csv", column: 2 } as const;
  expect(parseThreatList("t", "1;203.0.113.1\n", column).list.size).toBe(1);
  expect(parseThreatList("t", "1\t203.0.113.1\n", column).list.size).toBe(1);
});

import { describe, expect, test } from "vitest";
import { parseOptions } from "./options.ts";
import {
  extension,
  hiddenPath,
  inSystemDirectory,
  inTemporaryDirectory,
  inWebRoot,
  normalise,
  resolve,
} from "./paths.ts";

describe("paths", () => {
  test.each([
    ["/a/./b//c/../d/", "/a/b/d"],
    ["/../../x", "/x"],
    ["../a", "../a"],
    ["./a", "a"],
    ["/", "/"],
    ["a/..", "."],
  ])("%s is %s", (from, to) => {
    expect(normalise(from)).toBe(to);
  });

  test("are joined to the directory, home and unknown parts as they are", () => {
    expect(resolve("a", "/w")).toBe("/w/a");
    expect(resolve("~/a", "/w", "/root")).toBe("/root/a");
    expect(resolve("$D/a", "/w")).toBe("$D/a");
    expect(resolve("a", "")).toBe("a");
  });

  test("have a meaning by their place", () => {
    expect(["/tmp/x", "/dev/shm/a/b", "/var/tmp", "/tmpx/a", "tmp/x"].map(inTemporaryDirectory)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(["/a/.b/c", ".x", "/a/..b", "/a/../b", "./a", "/a.b/c"].map(hiddenPath)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(["/usr/bin/x", "/usr/lib/a/b", "/usr/bin/a/b", "/opt/x", "/bin"].map(inSystemDirectory)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(["/var/www/html/a.php", "/home/e/public_html/a", "/srv/data"].map(inWebRoot)).toEqual([true, true, false]);
    expect(["a.PNG", "/x.d/a", ".bashrc", "a.tar.gz"].map(extension)).toEqual(["png", "", "", "gz"]);
  });
});

describe("options", () => {
  test("are read as getopt_long reads them", () => {
    const options = parseOptions(["-xzf", "a.tgz", "op", "-C/tmp", "--mode=1", "--to", "b", "--", "-q"], {
      short: "fC",
      long: ["to"],
    });
    expect(options.has("x") && options.has("z") && !options.has("q")).toBe(true);
    expect([options.value("f"), options.value("C"), options.value("mode"), options.value("to")]).toEqual([
      "a.tgz",
      "/tmp",
      "1",
      "b",
    ]);
    expect(options.operands).toEqual(["op", "-q"]);
  });

  test("stop at the first operand where POSIX says so", () => {
    expect(parseOptions(["-a", "b", "-c"], { posix: true })).toMatchObject({ operands: ["b", "-c"], names: ["a"] });
  });
});

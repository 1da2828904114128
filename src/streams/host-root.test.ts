import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHostRoot } from "./host-root.ts";

let dir: string;
let root: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "host-root-"));
  root = join(dir, "host");
  mkdirSync(join(root, "etc/conf"), { recursive: true });
  writeFileSync(join(dir, "secret"), "outside");
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0\n");
  writeFileSync(join(root, "secret"), "inside");
  writeFileSync(join(root, "empty"), "");
  symlinkSync("/etc/passwd", join(root, "absolute"));
  symlinkSync("../../../../secret", join(root, "etc/climber"));
  symlinkSync("loop-b", join(root, "loop-a"));
  symlinkSync("loop-a", join(root, "loop-b"));
  symlinkSync("etc", join(root, "directory"));
  symlinkSync("/etc/passwd/", join(root, "slashed"));
  execFileSync("mkfifo", [join(root, "fifo")]);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Both ways of reading must behave alike. */
async function both(path: string, maxBytes?: number): Promise<string> {
  const host = openHostRoot(root);
  const read = await host.readText(path, maxBytes).catch((error: NodeJS.ErrnoException) => `error ${error.code}`);
  let sync: string;
  try {
    sync = host.readTextSync(path, maxBytes);
  } catch (error) {
    sync = `error ${(error as NodeJS.ErrnoException).code}`;
  }
  expect(sync).toBe(read);
  return read;
}

describe("host root", () => {
  test("reads a file below the root", async () => {
    expect(await both("/etc/passwd")).toBe("root:x:0:0\n");
    expect(await both("etc//./conf/../passwd")).toBe("root:x:0:0\n");
    expect(await both("/empty")).toBe("");
  });

  test("an absolute symlink starts again from the root", async () => {
    expect(await both("/absolute")).toBe("root:x:0:0\n");
    expect(await both("/directory/passwd")).toBe("root:x:0:0\n");
  });

  test("dots climb no higher than the root, in the path and in a link", async () => {
    expect(await both("/../../../secret")).toBe("inside");
    expect(await both("/etc/climber")).toBe("inside");
  });

  test("a loop of links ends", async () => {
    expect(await both("/loop-a")).toBe("error ELOOP");
  });

  test("what is no regular file is refused without being opened", async () => {
    expect(await both("/fifo")).toBe("error EINVAL");
    expect(await both("/etc")).toBe("error EINVAL");
    expect(openHostRoot("/").readTextSync.bind(undefined, "/dev/null")).toThrow(/not a regular file/);
  });

  test("a file as long as the limit is read, a longer one is refused", async () => {
    writeFileSync(join(root, "ten"), "0123456789");
    expect(await both("/ten", 10)).toBe("0123456789");
    expect(await both("/ten", 9)).toBe("error EFBIG");
  });

  test("a file that needs several reads is whole", async () => {
    const text = "é".repeat(60_000);
    writeFileSync(join(root, "long"), text);
    expect(await both("/long")).toBe(text);
  });

  test("a missing file and a null byte give the fs error", async () => {
    expect(await both("/nothing/here")).toBe("error ENOENT");
    expect(await both("/etc/pass\0wd")).toBe("error EINVAL");
  });

  test("paths for watching stay below the root", () => {
    expect(openHostRoot(root).path("/../../etc")).toBe(join(root, "etc"));
    expect(openHostRoot("/").path("/etc/passwd")).toBe("/etc/passwd");
    expect(openHostRoot(`${root}/`).root).toBe(root);
    expect(openHostRoot("/").root).toBe("/");
  });

  test("lists a directory through a link", async () => {
    expect([...(await openHostRoot(root).list("/directory"))].sort()).toEqual(["climber", "conf", "passwd"]);
    await expect(openHostRoot(root).list("/nothing")).rejects.toMatchObject({ code: "ENOENT" });
  });
});

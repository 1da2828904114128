import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FolderInUse, lockFolder } from "./instance-lock.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "instance-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that listens on the folder's lock until it is ended. */
async function holder(directory: string) {
  const program = `require("net").createServer(s=>s.destroy()).listen(process.argv[1]+"/lock",()=>console.log("held"))`;
  const child = spawn(process.execPath, ["-e", program, directory], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("the lock of a data folder", () => {
  test("refuses a second instance with a message that says what to do", async () => {
    const release = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toBeInstanceOf(FolderInUse);
    await expect(lockFolder(folder)).rejects.toThrow(/in use by another vedette; stop it or give this one its own/);
    release();
  });

  test("is free again after it was released", async () => {
    (await lockFolder(folder))();
    const release = await lockFolder(folder);
    release();
  });

  test("of another process holds, and is free at once when that was killed", async () => {
    const child = await holder(folder);
    await expect(lockFolder(folder)).rejects.toBeInstanceOf(FolderInUse);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(join(folder, "lock"))).toBe(true);
    const release = await lockFolder(folder);
    release();
  });

  test("makes the folder, which nobody else may enter", async () => {
    const release = await lockFolder(join(folder, "deep", "data"));
    expect(statSync(join(folder, "deep", "data")).mode & 0o777).toBe(0o700);
    release();
  });

  test("works below a path longer than a socket's name may be", async () => {
    const long = join(folder, "d".repeat(120));
    const release = await lockFolder(long);
    await expect(lockFolder(long)).rejects.toBeInstanceOf(FolderInUse);
    release();
  });

  test("of two folders are two", async () => {
    const releases = await Promise.all([lockFolder(join(folder, "a")), lockFolder(join(folder, "b"))]);
    for (const release of releases) release();
  });

  test("is taken over a plain file and over a link that leads nowhere", async () => {
    writeFileSync(join(folder, "lock"), "stale");
    (await lockFolder(folder))();
    symlinkSync("/nowhere/at/all", join(folder, "lock"));
    (await lockFolder(folder))();
  });

  test("cannot be taken where the folder is a file", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(lockFolder(join(folder, "file"))).rejects.toMatchObject({
      code: expect.stringMatching(/EEXIST|ENOTDIR/),
    });
    mkdirSync(join(folder, "held", "lock"), { recursive: true });
    await expect(lockFolder(join(folder, "held"))).rejects.toMatchObject({
      code: expect.stringMatching(/EISDIR|EPERM/),
    });
  });
});

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstValueFrom } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { accounts } from "./accounts.ts";
import { openHostRoot } from "./host-root.ts";
import { tail } from "./tail.ts";

/** What happens between the look at a file and its open: called before each open of a path. */
let meanwhile: (path: string) => void = () => undefined;

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const openSync: typeof fs.openSync = (path, ...rest) => {
    meanwhile(String(path));
    return fs.openSync(path, ...rest);
  };
  return { ...fs, openSync };
});
vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof import("node:fs/promises")>();
  const open: typeof fs.open = (path, ...rest) => {
    meanwhile(String(path));
    return fs.open(path, ...rest);
  };
  return { ...fs, open };
});

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "escape-"));
  root = join(folder, "host");
  mkdirSync(join(root, "etc"), { recursive: true });
  mkdirSync(join(root, "var/log"), { recursive: true });
  mkdirSync(join(folder, "outside"));
  writeFileSync(join(folder, "outside/file"), "outside");
  writeFileSync(join(folder, "outside/x.log"), "outside\n");
});
afterEach(() => {
  meanwhile = () => undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Both ways of reading: what they give, or the code of their error. */
async function read(path: string): Promise<[string, string]> {
  const host = openHostRoot(root);
  const code = (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error);
  let sync: string;
  try {
    sync = host.readTextSync(path);
  } catch (error) {
    sync = code(error);
  }
  return [sync, await host.readText(path).catch(code)];
}

describe("a link out of the root", () => {
  test.each([
    ["absolute", (outside: string) => outside],
    ["relative", () => "../../outside/file"],
    ["with more dots than there are directories", () => "../../../../../../../../../../outside/file"],
    ["through another link", (outside: string) => outside],
  ])("that is %s leads to what is inside, or nowhere", async (_what, target) => {
    symlinkSync(target(join(folder, "outside/file")), join(root, "etc/link"));
    symlinkSync("link", join(root, "etc/second"));
    expect(await read("/etc/link")).toEqual(["ENOENT", "ENOENT"]);
    expect(await read("/etc/second")).toEqual(["ENOENT", "ENOENT"]);
    mkdirSync(join(root, "outside"));
    writeFileSync(join(root, "outside/file"), "inside");
    mkdirSync(join(root, folder, "outside"), { recursive: true });
    writeFileSync(join(root, folder, "outside/file"), "inside");
    expect(await read("/etc/link")).toEqual(["inside", "inside"]);
  });

  test("is not listed either", async () => {
    symlinkSync(join(folder, "outside"), join(root, "etc/dir"));
    await expect(openHostRoot(root).list("/etc/dir")).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("of a chain of a hundred ends", async () => {
    for (let i = 0; i < 100; i++) symlinkSync(`l${i + 1}`, join(root, `etc/l${i}`));
    expect(await read("/etc/l0")).toEqual(["ELOOP", "ELOOP"]);
  });

  test("of a process, which procfs follows by magic, is taken for the text it shows", async () => {
    symlinkSync("/proc/self/root", join(root, "etc/magic"));
    symlinkSync("/proc/self/fd/0", join(root, "etc/descriptor"));
    expect(await read(`/etc/magic/${folder}/outside/file`)).toEqual(["ENOENT", "ENOENT"]);
    expect(await read("/etc/descriptor")).toEqual(["ENOENT", "ENOENT"]);
  });
});

describe("a swap between the look and the open", () => {
  /** Puts a link to the outside in the place of a directory, once, when a file in it is about to be opened. */
  const swap = (directory: string) => {
    meanwhile = (path) => {
      if (!path.startsWith(join(root, directory))) return;
      meanwhile = () => undefined;
      renameSync(join(root, directory), join(root, "aside"));
      symlinkSync(join(folder, "outside"), join(root, directory));
    };
  };

  test.each(["sync", "async"])("of a directory for a link is noticed (%s)", async (way) => {
    writeFileSync(join(root, "etc/file"), "inside");
    swap("etc");
    const host = openHostRoot(root);
    const reading = async () => (way === "sync" ? host.readTextSync("/etc/file") : host.readText("/etc/file"));
    await expect(reading()).rejects.toMatchObject({ code: "EXDEV" });
  });

  test("of the file itself for a link is refused by the kernel", async () => {
    writeFileSync(join(root, "etc/file"), "inside");
    meanwhile = () => {
      meanwhile = () => undefined;
      rmSync(join(root, "etc/file"));
      symlinkSync(join(folder, "outside/file"), join(root, "etc/file"));
    };
    expect(() => openHostRoot(root).readTextSync("/etc/file")).toThrow(/ELOOP/);
  });

  test("of a directory that is listed is noticed", async () => {
    mkdirSync(join(root, "etc/names"));
    swap("etc/names");
    await expect(openHostRoot(root).list("/etc/names")).rejects.toMatchObject({
      code: expect.stringMatching(/ELOOP|ENOTDIR|EXDEV/),
    });
    expect([...(await openHostRoot(root).list("/etc"))]).toContain("names");
  });

  test("of a log's directory is noticed", async () => {
    writeFileSync(join(root, "var/log/x.log"), "inside\n");
    swap("var/log");
    await expect(lines()).rejects.toThrow(/leads out of the host's root/);
  });
});

const lines = () =>
  firstValueFrom(tail({ directory: join(root, "var/log"), file: "x.log", within: root, startAt: "begin" }));

describe("a log", () => {
  test("inside the root is followed, also behind a link that stays inside", async () => {
    writeFileSync(join(root, "var/log/real.log"), "inside\n");
    symlinkSync("real.log", join(root, "var/log/x.log"));
    expect(String((await lines()).bytes)).toBe("inside\n");
  });

  test.each([
    ["the log", "var/log/x.log", "outside/x.log"],
    ["its directory", "var/log", "outside"],
  ])("of which %s is a link to the outside is not read", async (_what, link, target) => {
    rmSync(join(root, link), { recursive: true, force: true });
    symlinkSync(join(folder, target), join(root, link));
    await expect(lines()).rejects.toThrow(/leads out of the host's root/);
  });
});

test("account files that are links to the outside are reported, and nothing of them is told", async () => {
  symlinkSync(join(folder, "outside/file"), join(root, "etc/passwd"));
  symlinkSync(join(folder, "outside/file"), join(root, "etc/group"));
  const told: string[] = [];
  const subscription = accounts({ hostRoot: openHostRoot(root), pollMs: 5, settleMs: 1 })
    .open()
    .subscribe({
      next: (fact) => void told.push(JSON.stringify(fact)),
      error: (error) => void told.push(String(error)),
    });
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(0));
  subscription.unsubscribe();
  expect(told.join()).not.toContain("outside");
  expect(told.join()).not.toMatch(/account\.|group\./);
});

import { describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import { ransomwareLikeCommand } from "./ransomware-like.command.ts";
import { ransomwareLikeFile } from "./ransomware-like.file.ts";
import { below, grade, process, ran, run, script } from "./testing/root-shell.ts";

describe("bulk encryption and destroyed backups by command", () => {
  test.each([
    "find /srv -type f -exec openssl enc -aes-256-ctr -in {} -out {}.x -k k \\;",
    'for f in *.pdf; do gpg --batch -c --passphrase k "$f"; done',
    "find . -type f | xargs -n1 ccrypt -e -K k",
    'find . -type f | xargs -n1 sh -c \'gpg --batch -c "$0"; rm "$0"\'',
    "find /srv -type f -exec mv {} {}.locked \\;",
    'for f in *; do mv "$f" "$f.crypt"; done',
    "zfs list -H -t snapshot | xargs -n1 zfs destroy",
    "zip -r -m -P k a.zip /home/eve",
    "echo pay > /srv/HOW_TO_DECRYPT.txt",
    "btrfs subvolume delete /.snapshots/*",
    "btrfs subvolume delete /srv/.snapshots/3/snapshot",
    "lvremove --yes vg0/root_snap",
    "rm -rf /var/backups/*",
    "shred /dev/sda",
  ])("%s fires", (line) => {
    const [confidence] = grade(run(ransomwareLikeCommand, [script(line)]));
    expect(["medium", "high"]).toContain(confidence);
  });

  test.each([
    "openssl enc -d -aes-256-cbc -in a.enc -out a",
    "openssl dgst -sha256 a",
    "gpg --verify a.asc",
    "find . -name '*.gpg' -exec gpg -d {} \\;",
    "7z a docs.7z docs",
    "dd if=/dev/zero of=/swapfile bs=1M count=512",
    "dd if=os.img of=/dev/sdb",
    "cat README.txt",
    "vi HOW_TO_DECRYPT.txt",
    "btrfs subvolume list /.snapshots",
    "find /srv -type f -exec mv {} {}.bak \\;",
    "mv report.doc report.doc.enc",
    "cd /srv/app/src; find . -name '*.bak' -exec rm {} \\;",
    "zfs list -H | xargs -n1 zfs get all",
    "lvcreate -s -n snap vg0/root && tar cf b.tar /mnt && lvremove -f vg0/snap",
  ])("%s raises nothing", (line) => {
    expect(run(ransomwareLikeCommand, [script(line)])).toEqual([]);
  });

  test("one file is dual use, the tenth within the window is a burst, told once", () => {
    const one = (i: number, at: number) => ran(["gpg", "--batch", "-c", `f${i}`], { pid: 100 + i }, at);
    const burst = (step: number) =>
      run(
        ransomwareLikeCommand,
        Array.from({ length: 12 }, (_, i) => one(i, 1000 + i * step)),
      );
    expect(grade(burst(1000)).filter((c) => c === "high")).toHaveLength(1);
    expect(grade(burst(1200)).filter((c) => c === "high")).toHaveLength(0);
  });

  test("a volume taken away with care, or on trial, is at most a hint", () => {
    const graded = (line: string) => grade(run(ransomwareLikeCommand, [script(line)]));
    expect(graded("lvremove vg0/root_snap")).toEqual(["low"]);
    expect(graded("lvremove -f --test vg0/root_snap")).toEqual(["low"]);
    expect(graded("btrfs subvolume delete /srv/cache")).toEqual(["low"]);
    expect(graded("zfs destroy tank/a@daily-2024-01-01")).toEqual(["low"]);
  });

  test("backup software may encrypt", () => {
    expect(run(ransomwareLikeCommand, [ran(["rm", "-rf", "/backup"], below("/usr/bin/restic"))])).toEqual([]);
  });
});

describe("bulk renames and notes", () => {
  const renamed = (i: number, suffix: string, at: number): Fact => ({
    kind: "file.changed",
    at,
    operation: "rename",
    from: `/srv/f${i}.doc`,
    file: { path: `/srv/f${i}.doc${suffix}` },
    process: process(["x"]),
  });
  const renames = (count: number, suffix: string, step: number) =>
    run(
      ransomwareLikeFile,
      Array.from({ length: count }, (_, i) => renamed(i, suffix, 1000 + i * step)),
    );

  test("the twentieth file with one new ending in a minute fires, once", () => {
    expect(renames(19, ".lokd", 100)).toEqual([]);
    expect(renames(40, ".lokd", 100)).toMatchObject([{ count: 20, subject: "suffix .lokd" }]);
    expect(renames(20, ".lokd", 4000)).toEqual([]);
  });

  test("everyday endings raise nothing", () => {
    expect(renames(40, ".bak", 100)).toEqual([]);
    expect(renames(40, ".gz", 100)).toEqual([]);
  });

  test("a note that a shell writes fires at once", () => {
    const note = (exe: string): Fact => ({
      kind: "file.changed",
      at: 1,
      operation: "create",
      file: { path: "/srv/HOW_TO_DECRYPT_FILES.txt" },
      process: process(["x"], { exe }),
    });
    expect(run(ransomwareLikeFile, [note("/usr/bin/bash")])).toHaveLength(1);
    expect(run(ransomwareLikeFile, [note("/usr/bin/tar")])).toEqual([]);
  });

  test("a note in three directories fires", () => {
    const note = (dir: string): Fact => ({
      kind: "file.changed",
      at: 1000,
      operation: "create",
      file: { path: `/srv/${dir}/README_TO_DECRYPT.txt` },
      process: process(["x"]),
    });
    expect(run(ransomwareLikeFile, [note("a"), note("b"), note("b")])).toEqual([]);
    expect(run(ransomwareLikeFile, [note("a"), note("b"), note("c")])).toHaveLength(1);
  });
});

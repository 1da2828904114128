/** The module's own disk fails. A small file system of its own stands for the device's. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild } from "../../rig/host/child.ts";
import type { Row, Scene } from "../row.ts";

type Stage = Omit<Scene, "module">;

/** A tmpfs of 4 MiB, unmounted at the end of the row. */
export async function smallDisk({ cleanUp }: Pick<Stage, "cleanUp">): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "small-disk-"));
  await runChild("mount", ["-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", directory]);
  cleanUp(async () => {
    await runChild("umount", [directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Takes every free byte. */
export function fill(disk: string): void {
  const file = openSync(join(disk, "filler"), "a");
  try {
    for (let size = 65_536; size >= 1; ) {
      try {
        writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(file);
  }
}

export function free(disk: string): void {
  rmSync(join(disk, "filler"), { force: true });
}

/** The folder that holds the data folder. */
const diskOf = ({ module }: Scene) => join(module.dataDirectory, "..");

async function onSmallDisk(stage: Stage) {
  return { dataDirectory: join(await smallDisk(stage), "data") };
}

/** An ext4 in a file, mounted as the root of many devices is: read-only after the first error. */
async function flash({ cleanUp }: Stage) {
  const directory = mkdtempSync(join(tmpdir(), "flash-"));
  const [image, disk] = [join(directory, "image"), join(directory, "disk")];
  mkdirSync(disk);
  writeFileSync(image, "");
  truncateSync(image, 32 << 20);
  await runChild("mkfs.ext4", ["-q", image]);
  await mountFlash(directory);
  cleanUp(async () => {
    await runChild("umount", [disk], { tolerant: true });
    rmSync(directory, { recursive: true, force: true });
  });
  return { dataDirectory: join(disk, "data") };
}

async function mountFlash(directory: string): Promise<void> {
  await runChild("mount", ["-o", "loop,errors=remount-ro", join(directory, "image"), join(directory, "disk")]);
}

/** ext4's own test knob; the sysfs folder is named by the loop device. */
function breakFlash(disk: string): void {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const device = mounts.find((line) => line.split(" ")[1] === disk)?.split(" ")[0] ?? "";
  writeFileSync(`/sys/fs/ext4/${device.split("/").at(-1)}/trigger_fs_error`, "1");
}

export const diskRows: readonly Row[] = [
  {
    name: "file system full",
    quick: true,
    needs: ["root"],
    patient: onSmallDisk,
    async inflict(scene) {
      const { seconds, rig } = scene;
      fill(diskOf(scene));
      await seconds(20, 3);
      await rig.stop();
      await seconds(20, 3);
      free(diskOf(scene));
      await seconds(5, 3);
      await rig.start();
    },
  },
  {
    name: "file system full, module killed and started",
    quick: true,
    needs: ["root"],
    patient: onSmallDisk,
    async inflict(scene) {
      const { seconds, rig, module, quick } = scene;
      for (let n = 0; n < (quick ? 1 : 5); n++) {
        await rig.stop();
        fill(diskOf(scene));
        await seconds(5, 2);
        await module.kill();
        fill(diskOf(scene));
        await module.start();
        await seconds(8, 3);
        await rig.start();
        await seconds(5, 3);
        await module.kill();
        free(diskOf(scene));
        await module.start();
        await module.sees("audit-log", "auth-log");
      }
    },
  },
  {
    name: "data folder read-only",
    quick: true,
    needs: ["root"],
    patient: onSmallDisk,
    async inflict(scene) {
      const { seconds, rig, module, quick, ledger, demand } = scene;
      for (let n = 0; n < (quick ? 1 : 5); n++) {
        // Alerts wait on the disk when it turns read-only.
        await rig.stop();
        await seconds(5, 2);
        await module.kill();
        await runChild("mount", ["-o", "remount,ro", diskOf(scene)]);
        await module.start();
        await module.sees("audit-log", "auth-log");
        const waiting = ledger.missing();
        await rig.start();
        await seconds(15, 4);
        const left = waiting.filter((name) => ledger.missing().includes(name));
        demand(left.length === 0, `what waited on the disk is sent while it is read-only, not so ${left.join(" ")}`);
        await module.kill();
        await runChild("mount", ["-o", "remount,rw", diskOf(scene)]);
        await module.start();
        await module.sees("audit-log", "auth-log");
      }
    },
  },
  {
    name: "flash turns read-only, device restarts",
    needs: ["root"],
    patient: flash,
    async inflict(scene) {
      const { seconds, rig, module, demand } = scene;
      const disk = diskOf(scene);
      await rig.stop();
      await seconds(5);
      breakFlash(disk);
      await seconds(10);
      demand(existsSync(disk) && readdirSync(disk).length > 0, "the flash can still be read");
      await rig.start();
      await seconds(10);
      await module.kill();
      await runChild("umount", [disk]);
      await runChild("e2fsck", ["-fp", join(disk, "../image")], { tolerant: true });
      await mountFlash(join(disk, ".."));
      await module.start();
      await module.sees("audit-log", "auth-log");
    },
  },
];

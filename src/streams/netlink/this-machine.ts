/** The kernel's audit is of the machine that Vedette runs on; what lies below the host root may be another's. */
import { readFileSync } from "node:fs";
import { type HostRoot, SourceAbsent } from "../../ports.ts";

/** Made anew by the kernel at each boot (random(4)), and the same in every namespace. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** @throws SourceAbsent where the host root is a copy, a test's, or has no /proc */
export function refuseForeignRoot(hostRoot: Pick<HostRoot, "root" | "readTextSync">): void {
  if (hostRoot.root === "/" || bootIdOf(hostRoot) === readFileSync(BOOT_ID, "utf8").trim()) return;
  throw new SourceAbsent(
    `${hostRoot.root} is not this machine's root: its /proc is missing or another's`,
    `bind the host's /proc to ${hostRoot.root}/proc`,
  );
}

function bootIdOf(hostRoot: Pick<HostRoot, "readTextSync">): string {
  try {
    return hostRoot.readTextSync(BOOT_ID, 64).trim();
  } catch {
    return "";
  }
}

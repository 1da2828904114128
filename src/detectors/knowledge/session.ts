/** Which acts belong together: one login session, or one daemon's offspring. */
import type { Process } from "../../events/fact.ts";
import { isShell } from "./interpreters.ts";
import { basename } from "./paths.ts";

const carriers = new Set(["sudo", "su", "doas", "env", "nohup", "setsid", "timeout", "busybox", "xargs", "find"]);

/**
 * A key for the audit session where the kernel knows one, else for the nearest ancestor that is no shell and no
 * wrapper (the web server, the ssh daemon), else for the parent. Containers never share a key with the host.
 */
export function sessionOf(process: Process): string {
  const place = process.container?.id.slice(0, 12) ?? "";
  if (process.session !== undefined && process.session !== 0) return `${place}s${process.session}`;
  const owner = process.ancestors?.find(({ exe }) => {
    const name = basename(exe);
    return exe !== "" && !isShell(name) && !carriers.has(name);
  });
  return owner && owner.pid > 1 ? `${place}a${owner.pid}` : `${place}p${process.ppid}`;
}

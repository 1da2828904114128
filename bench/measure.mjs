// CPU seconds, wall seconds and peak memory of a command.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";

/**
 * Runs a command to its end, output thrown away.
 *
 * CPU seconds (user and system) come from bash's `times` of its children: Node tells none of a child. Peak memory is
 * VmHWM of /proc, looked at every 20 ms.
 *
 * @param {readonly string[]} command
 * @param {{stdin?: string}} [options] `stdin`: a file
 * @returns {Promise<{cpu: number, wall: number, rss: number}>} seconds, seconds, bytes
 */
export async function measure(command, { stdin } = {}) {
  const input = stdin === undefined ? "ignore" : openSync(stdin, "r");
  const script =
    'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>/tmp/vedette-bench.$$; s=$?; [ $s -eq 0 ] || cat /tmp/vedette-bench.$$ >&2; rm -f /tmp/vedette-bench.$$; exit $s';
  const child = spawn("bash", ["-c", script, "bash", ...command], { stdio: [input, "ignore", "pipe"] });
  let text = "";
  child.stderr.on("data", (chunk) => {
    text += chunk;
  });
  let rss = 0;
  const look = setInterval(() => {
    rss = Math.max(rss, peakBelow(child.pid));
  }, 20);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(look);
  if (stdin !== undefined) closeSync(input);
  const times = text.trim().split("\n").at(-1)?.split(" ").map(Number) ?? [];
  // ausearch and fail2ban-regex exit with 1 when nothing was found, which is no failure of theirs.
  if (times.length !== 3 || times.some(Number.isNaN) || code > 1)
    throw new Error(`${command[0]} ended with ${code}: ${text.slice(0, 500)}`);
  const [user, system, wall] = times;
  return { cpu: user + system, wall, rss };
}

function peakBelow(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return Math.max(0, ...children.map((child) => memoryOf(child, "VmHWM")));
  } catch {
    return 0;
  }
}

/** A field of /proc/PID/status in bytes, 0 when the process is gone. */
export function memoryOf(pid, field = "VmRSS") {
  try {
    return (
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) *
      1024
    );
  } catch {
    return 0;
  }
}

/** User and system CPU seconds of a living process so far; USER_HZ is 100 on every Linux that Node runs on. */
export function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** @param {readonly number[]} values */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const middle = sorted.length / 2;
  const median = sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1), p99: at(0.99), runs: sorted.length };
}

export function isInstalled(program) {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export function machine() {
  const [cpu] = cpus();
  return {
    processor: cpu?.model ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    kernel: readFileSync("/proc/sys/kernel/osrelease", "utf8").trim(),
    node: process.version,
    loadBefore: loadavg()[0],
  };
}

/**
 * Container id from `/proc/<pid>/cgroup` (cgroups(7)): lines `hierarchy:controllers:path`, one for v2 (`0::path`),
 * several for v1. Runtimes put the 64-hex id into the last path segments, wrapped by the cgroup driver:
 *
 *     cgroupfs  /docker/<id>   /kubepods/burstable/pod<uid>/<id>   /libpod_parent/libpod-<id>   /ecs/<task>/<id>
 *     systemd   docker-<id>.scope   cri-containerd-<id>.scope   crio-<id>.scope   libpod-<id>.scope
 *     mixed     system.slice:docker:<id>  (runc given a systemd path under the cgroupfs driver)
 *     garden    /garden/<guid>   (Cloud Foundry; its handle is no 64-hex id and is given as it is)
 *
 * Blind spot: read from inside a private cgroup namespace the path is `/`, and nothing can be said. A process that
 * owns a cgroup directory can name it like an id; an id is a claim until Docker confirms it.
 */

const wrapped = /^(?:([a-z0-9][a-z0-9._-]*)[-:])?([0-9a-f]{64})(?:\.(?:scope|slice|service))?$/;
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4,12}$/;
/** The monitor beside a container runs on the host, although its cgroup carries the container's id. */
const monitors = /(?:^|-)conmon$/;
const maxText = 16 * 1024;

/** The innermost container of the process, or undefined for a process of the host. Never throws. */
export function containerIdOf(cgroup: string): string | undefined {
  for (const line of cgroup.slice(0, maxText).split("\n")) {
    const second = line.indexOf(":", line.indexOf(":") + 1);
    if (second < 0) continue;
    const id = idInPath(line.slice(second + 1));
    if (id !== undefined) return id;
  }
  return undefined;
}

function idInPath(path: string): string | undefined {
  const segments = path.split("/");
  for (let i = segments.length - 1; i > 0; i -= 1) {
    const segment = segments[i] as string;
    if (segment.length < 24 || segment.length > 200) continue;
    // `system.slice:docker:<id>` keeps only what stands behind the last colon.
    const found = wrapped.exec(segment.slice(segment.lastIndexOf(":") + 1));
    if (found) return monitors.test(found[1] ?? "") ? undefined : found[2];
    if (segments[i - 1] === "garden" && guid.test(segment)) return segment;
  }
  return undefined;
}

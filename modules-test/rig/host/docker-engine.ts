/** A real Docker engine beside whatever the host has: own data, own socket, no bridge, no firewall rules. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, runChild, startChild } from "./child.ts";
import { hasCapability, programPath } from "./needs.ts";

export interface DockerEngine {
  /** `unix:///...` for DOCKER_HOST. */
  readonly host: string;
  /** The path of the same, for `engine-api.ts`. */
  readonly socket: string;
  readonly pid: number;
  /** Runs the docker client; returns its output. */
  docker(...args: string[]): Promise<string>;
  /** Ends the daemon and keeps its data; `up` starts it again on them. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** Also listen on this port, without TLS. */
  readonly tcpPort?: number;
  /** Of that port; default 127.0.0.1. */
  readonly tcpAddress?: string;
  /** Import the busybox image; default true. */
  readonly image?: boolean;
}

/** Name of the only image: busybox and its links. */
export const busyboxImage = "vedette-e2e/busybox";

/** Starts dockerd and waits for its API. */
export async function startDockerEngine(options: EngineOptions = {}): Promise<DockerEngine> {
  const { tcpPort, tcpAddress = "127.0.0.1", image = true } = options;
  const directory = mkdtempSync(join(tmpdir(), "engine-"));
  const socket = join(directory, "docker.sock");
  const host = `unix://${socket}`;
  const args = [
    ...["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec"), "--host", host],
    ...["--pidfile", join(directory, "pid"), "--bridge=none", "--iptables=false", "--ip6tables=false"],
    ...["--ip-forward=false", "--config-file", emptyConfiguration(directory), ...runtime(directory)],
    ...(tcpPort === undefined ? [] : ["-H", `tcp://${tcpAddress}:${tcpPort}`]),
  ];
  let daemon = await startChild("dockerd", args);
  const docker = (...args: string[]) => runChild("docker", ["--host", host, ...args], { within: 120_000 });
  const stop = async () => {
    const running = await runChild("docker", ["--host", host, "ps", "-q"], { tolerant: true, within: 5_000 });
    const ids = running.split("\n").filter((id) => /^[0-9a-f]{12}$/.test(id));
    if (ids.length > 0) await runChild("docker", ["--host", host, "kill", ...ids], { tolerant: true });
    await daemon.stop(15_000);
    // A container on the host's network has left a mount of that namespace.
    await runChild("umount", [join(directory, "exec/netns/default")], { tolerant: true });
    rmSync(directory, { recursive: true, force: true });
  };
  const answers = () =>
    eventually(
      "dockerd answers",
      async () => {
        if (daemon.ended !== undefined) throw new Error(`dockerd ended: ${daemon.output.slice(-4_000)}`);
        return (await runChild("docker", ["--host", host, "version"], { tolerant: true })).includes("Server:");
      },
      60_000,
    );
  try {
    await answers();
    if (image) await importBusybox(directory, docker);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    socket,
    get pid() {
      return daemon.pid;
    },
    docker,
    down: () => daemon.stop(15_000),
    async up() {
      daemon = await startChild("dockerd", args);
      await answers();
    },
    stop,
  };
}

function emptyConfiguration(directory: string): string {
  const file = join(directory, "daemon.json");
  writeFileSync(file, "{}");
  return file;
}

/**
 * In a container or micro-VM that lacks CAP_SYS_RESOURCE, runc cannot give a privileged container "all" capabilities
 * and fails; then a wrapper takes this one out of the bundle. HostConfig.Privileged, which is judged, stays as it is.
 */
function runtime(directory: string): string[] {
  if (hasCapability(24)) return [];
  const wrapper = join(directory, "runc-without-sys-resource");
  const runc = programPath("runc") ?? "runc";
  writeFileSync(
    wrapper,
    `#!/bin/bash
previous=
for argument in "$@"; do
  case "$previous" in --bundle|-b) bundle=$argument ;; esac
  previous=$argument
done
if [ -n "\${bundle-}" ] && [ -f "$bundle/config.json" ]; then
  sed -i -e 's/"CAP_SYS_RESOURCE",//g' -e 's/,"CAP_SYS_RESOURCE"//g' "$bundle/config.json"
fi
exec ${runc} "$@"
`,
  );
  chmodSync(wrapper, 0o755);
  return ["--add-runtime", `e2e=${wrapper}`, "--default-runtime", "e2e"];
}

async function importBusybox(directory: string, docker: DockerEngine["docker"]): Promise<void> {
  const root = join(directory, "image");
  mkdirSync(join(root, "bin"), { recursive: true });
  for (const name of ["tmp", "etc", "proc", "sys", "dev"]) mkdirSync(join(root, name));
  cpSync(programPath("busybox") ?? "/bin/busybox", join(root, "bin/busybox"));
  for (const applet of ["sh", "sleep", "id", "cat", "chmod", "cp", "echo", "wget", "nc", "ls", "true"]) {
    rmSync(join(root, "bin", applet), { force: true });
    await runChild("ln", ["-s", "busybox", join(root, "bin", applet)]);
  }
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
  const archive = join(directory, "image.tar");
  await runChild("tar", ["-C", root, "-cf", archive, "."]);
  await docker("import", archive, busyboxImage);
}

import { describe, expect, test } from "vitest";
import { containerIdOf } from "./cgroup.ts";

const id = "4f0c1a".padEnd(64, "7");
const other = "9".repeat(64);

describe("container id of a cgroup", () => {
  test.each([
    ["v1 cgroupfs", `12:pids:/docker/${id}\n11:memory:/docker/${id}\n`],
    ["v1 systemd", `5:devices:/system.slice/docker-${id}.scope\n`],
    ["v2 systemd", `0::/system.slice/docker-${id}.scope\n`],
    ["v2 cgroupfs", `0::/docker/${id}\n`],
    ["v2 with a service inside", `0::/docker/${id}/system.slice/ssh.service\n`],
    ["v2 seen from a neighbour's namespace", `0::/../${id}\n`],
    ["containerd under kubernetes", `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope\n`],
    ["cri-o", `0::/kubepods.slice/crio-${id}.scope/container\n`],
    ["cgroupfs under kubernetes", `11:cpu:/kubepods/burstable/pod0b1c-22/${id}\n`],
    ["podman", `0::/machine.slice/libpod-${id}.scope/container\n`],
    ["podman with cgroupfs", `4:memory:/libpod_parent/libpod-${id}\n`],
    ["runc given a systemd path", `0::/system.slice:docker:${id}\n`],
    ["containerd given a systemd path", `1:name=systemd:/kubepods-besteffort-pod1.slice:cri-containerd:${id}\n`],
    ["ECS", `2:cpu:/ecs/0123456789abcdef0123456789abcdef/${id}\n`],
    ["balena", `0::/system.slice/balena-${id}.scope\n`],
    ["an engine inside an engine: the innermost", `0::/docker/${other}/docker/${id}\n`],
    ["only a later hierarchy knows", `2:cpu:/\n1:name=systemd:/docker/${id}\n`],
  ])("%s", (_name, text) => {
    expect(containerIdOf(text)).toBe(id);
  });

  test("garden's handle is given as it is", () => {
    expect(containerIdOf("3:cpu:/system.slice/garden.service/garden/6411cff5-f13c-2d35-1234-5678\n")).toBe(
      "6411cff5-f13c-2d35-1234-5678",
    );
  });

  test.each([
    ["the host", "0::/init.scope\n"],
    ["a private namespace seen from inside", "0::/\n"],
    ["a login session", "0::/user.slice/user-1000.slice/session-3.scope\n"],
    ["the monitor beside a podman container", `0::/machine.slice/libpod-conmon-${id}.scope\n`],
    ["the monitor beside a cri-o container", `0::/machine.slice/crio-conmon-${id}.scope\n`],
    ["a shorter number", `0::/docker/${id.slice(1)}\n`],
    ["a longer number", `0::/docker/${id}0\n`],
    ["upper case", `0::/docker/${id.toUpperCase()}\n`],
    ["a service with a guid that is not garden's", "0::/system.slice/6411cff5-f13c-2d35-1234-5678abcd.scope\n"],
    ["nothing", ""],
    ["garbage", "::::\n\0\n:\n"],
  ])("%s is no container", (_name, text) => {
    expect(containerIdOf(text)).toBeUndefined();
  });
});

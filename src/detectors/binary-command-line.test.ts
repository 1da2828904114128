import { describe, expect, test } from "vitest";
import { binaryCommandLine } from "./binary-command-line.ts";
import { clear, ShellHost } from "./testing/shell-host.ts";

const judged = (line: string) => clear(new ShellHost(binaryCommandLine).line(line));

describe("a binary that spawns a shell", () => {
  test.each([
    "find /etc -maxdepth 0 -exec /bin/sh -i \\;",
    "gawk 'BEGIN { system(\"/bin/bash\") }'",
    'python3 -c \'import os; os.execl("/bin/bash", "bash", "-p")\'',
    "ruby -e 'exec \"/bin/zsh\"'",
    "vim -c ':!sh'",
    "tar cf x.tar y --checkpoint=1 --checkpoint-action=exec='sh -i'",
    "zip q.zip y -T --unzip-command='sh -c /bin/sh'",
    "ssh -o ProxyCommand=';sh 0<&2 1>&2' nowhere",
    "apt-get changelog x -o APT::Update::Post-Invoke::=/bin/bash",
    "PAGER='sh -c \"exec sh 0<&1\"' man ls",
    "git -c core.pager=/bin/sh diff",
    "nice -n 3 /bin/sh -p",
    "stdbuf -o0 bash",
    "time /bin/sh",
    "start-stop-daemon --start --exec /bin/bash",
    "chroot / /bin/sh",
    "docker run -v /:/mnt -it alpine chroot /mnt sh",
    "split --filter=/bin/sh x",
    "make --eval='$(shell bash 1>&0)' .",
    "expect -c 'spawn /bin/sh; interact'",
    "mysql -e '\\! sh'",
    "service ../../usr/bin/bash",
    "unbuffer-like --pty /bin/bash",
    "apt-get changelog tar\n!/bin/bash",
    "echo 'os.execute(\"/bin/bash\")' > a.nse; nmap --script=a.nse",
    "printf 'exec bash 0<&1\\n' > /srv/r/hooks/update; git push x",
    "sh -c 'exec bash 0<&1'",
    "mutt\nmutt> !/bin/bash",
    "pry\nsystem('/bin/bash')",
    "echo 'system(\"/bin/bash\")' | irb",
    "lftp -c /bin/bash",
    "aria2c --on-download-stop=/dev/shm/q http://192.0.2.4/x",
    "tcpdump -i lo -G 1 -z /var/tmp/q.sh",
    "script -q /dev/null",
    "ssh user@127.0.0.1 bash --norc",
    "systemd-run -S",
    "torsocks bash",
    "sudo git --paginate help",
    "nsenter -t 1 -m -u bash",
    "docker exec -it web nsenter --target 1 --mount -- sh",
    "nmap --interactive",
    "scala -e 'sys.process.Process(\"/bin/bash\").run'",
    "xdg-x 'a}; /bin/bash #'",
  ])("%s", (line) => {
    expect(judged(line)).toHaveLength(1);
  });

  test.each([
    "find . -name '*.sh' -exec sh -c 'wc -l \"$1\"' _ {} \\;",
    "find . -name '*.sh' | xargs sh",
    "sudo -u postgres bash",
    "lsof /bin/bash",
    "usermod -s /bin/bash bob",
    "kubectl debug node/a -- /bin/sh",
    "echo 'print(\"/bin/bash\")' > a.lua; lua a.lua",
    "set -e\n! test -e /bin/sh",
    "printf '#!/bin/sh\\nfind /srv -mtime +9 -delete\\n' > /etc/periodic/tidy; run-parts /etc/periodic",
    "su - bob",
    "docker exec -it web bash",
    "kubectl exec -it p -- /bin/sh",
    "ssh host bash -s < setup.sh",
    "env bash setup.sh",
    "cat setup.sh | timeout 60 bash",
    "useradd -m -s /bin/bash bob",
    "ln -sf /bin/bash /bin/sh",
    "awk -F: '$7 == \"/bin/bash\"' /etc/passwd",
    "python3 -c 'import os; os.system(\"/usr/local/bin/backup\")'",
    "make SHELL=/bin/bash",
    "git -c core.pager=cat log",
    "tar cf x.tar y --checkpoint-action=dot",
    "bash -i",
    "nohup bash run.sh",
    'python3 -c \'import subprocess; subprocess.run(["bash", "-c", "date"])\'',
    "start-stop-daemon --start --startas /bin/bash -- -c 'find /srv -name x'",
    "su - bob -s /bin/bash",
    "su bob -c 'exec bash'",
    "docker-compose exec web /bin/bash",
    "tini -- /bin/bash",
    "pidof -x /bin/bash",
    "npm config set script-shell /bin/bash",
    "ssh localhost 'bash -s' < setup.sh",
    "systemd-run --pty -p PrivateTmp=yes /bin/bash",
    "script -q -c 'make all' /dev/null",
    "bash setup.sh </dev/tty",
    'cat <<E > run.sh\n#!/bin/bash\nexec bash -c "$@"\nE',
    "sudo git help log",
    "docker exec -it web nsenter --target 71 --mount -- sh",
    "docker run --privileged --pid=host debian nsenter -t 1 -m sh",
    "git -p log",
    "tcpdump -i lo -G 60 -z gzip -w /tmp/x.pcap",
    "echo 'bash /srv/backup' | at 03:00",
  ])("near miss stays quiet: %s", (line) => {
    expect(judged(line)).toEqual([]);
  });

  test("a shell typed into a pager is known by its parent", () => {
    const below = (exe: string, argv: string[]) => {
      const parent = { pid: 9, exe, argv: [exe] };
      return clear(new ShellHost(binaryCommandLine).run(argv, { ancestors: [parent] }));
    };
    expect(below("/usr/bin/less", ["/bin/bash", "-c", "sh"])).toHaveLength(1);
    expect(below("/usr/bin/sftp", ["sh"])).toHaveLength(1);
    expect(below("/usr/bin/less", ["sh", "-c", "/usr/bin/lesspipe README"])).toEqual([]);
    expect(below("/usr/bin/vim", ["/bin/bash", "-c", "sh"])).toEqual([]);
    expect(below("/usr/bin/bash", ["sh"])).toEqual([]);
    expect(below("/tmp/less", ["sh"])).toEqual([]);
  });

  test("a web server's child is left to web-shell", () => {
    const spawn = ["python3", "-c", 'import pty; pty.spawn("/bin/sh")'];
    const server = [{ pid: 9, exe: "/usr/sbin/nginx", argv: ["nginx"] }];
    expect(new ShellHost(binaryCommandLine).run(spawn)).toHaveLength(1);
    expect(new ShellHost(binaryCommandLine).run(spawn, { ancestors: server })).toEqual([]);
  });

  test("a rescue chroot is only a hint, and a program can be allowed", () => {
    expect(new ShellHost(binaryCommandLine).line("chroot /mnt /bin/bash")[0]?.confidence).toBe("low");
    expect(new ShellHost(binaryCommandLine, { allowedPrograms: ["nice"] }).run("nice /bin/sh")).toEqual([]);
  });
});

describe("a program written byte by byte", () => {
  test.each([
    "echo -ne '\\x7fELF\\x02\\x01' > /tmp/q",
    "printf '\\177\\105\\114\\106\\001' >> q",
    "echo 7f454c4602010100 | xxd -r -p > q",
    "echo f0VMRgIBAQAAAAAAAAAA | base64 -d > q",
    "echo -en '\\x00\\x01\\x00\\x00\\x9f\\x00\\x00\\x02\\x00\\x00\\xff\\x80\\x00\\x00\\x00\\x05\\x00' >> q",
  ])("%s", (line) => {
    expect(judged(line)).toHaveLength(1);
  });

  test.each([
    "echo -e '\\x1b[1;31mred\\x1b[0m' > banner",
    "grep -c '\\x7fELF' q",
    "echo '\\x63\\x61\\x66\\x65\\x63\\x61\\x66\\x65\\x63\\x61\\x66\\x65\\x63\\x61\\x66\\x65\\x63' > words",
    "echo -en '\\x00\\x01\\x00\\x00\\x9f\\x00\\x00\\x02\\x00\\x00\\xff\\x80\\x00\\x00\\x00\\x05\\x00' | cmp q",
  ])("near miss stays quiet: %s", (line) => {
    expect(judged(line)).toEqual([]);
  });
});

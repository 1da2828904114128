import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Process } from "../../events/fact.ts";
import { type Command, commandLine, resolvePath } from "./command.ts";

const started = (argv: readonly string[], more: Partial<Process> = {}): Process => ({
  pid: 10,
  ppid: 1,
  exe: argv[0] ?? "",
  argv,
  cwd: "/root",
  uid: 0,
  ...more,
});
const analyse = (...argv: string[]) => commandLine(started(argv));
const script = (text: string) => analyse("sh", "-c", text).commands.slice(1);
const words = (command: Command | undefined) => command && [command.name, ...command.args];

describe("wrappers", () => {
  test("a plain argv is one command that is not nested", () => {
    const { commands, pipelines } = analyse("/usr/sbin/iptables", "-F");
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatchObject({ name: "iptables", program: "/usr/sbin/iptables", args: ["-F"], nested: false });
    expect(pipelines).toEqual([[commands[0]]]);
  });

  test.each([
    [
      ["sudo", "-u", "bob", "-E", "A=1", "nice", "-n", "5", "ls", "-l"],
      ["sudo", "nice"],
    ],
    [
      ["env", "-i", "-u", "X", "timeout", "-s", "KILL", "5", "ls", "-l"],
      ["env", "timeout"],
    ],
    [
      ["doas", "-u", "bob", "setsid", "-f", "nohup", "ls", "-l"],
      ["doas", "setsid", "nohup"],
    ],
    [
      ["stdbuf", "-oL", "ionice", "-c3", "chroot", "--userspec=a", "/mnt", "ls", "-l"],
      ["stdbuf", "ionice", "chroot"],
    ],
    [
      ["nsenter", "-t", "1", "-m", "--", "unshare", "-n", "ls", "-l"],
      ["nsenter", "unshare"],
    ],
    [["busybox", "ls", "-l"], ["busybox"]],
    [["strace", "-f", "-o", "/tmp/t", "ls", "-l"], ["strace"]],
    [["flock", "-w", "3", "/run/l", "ls", "-l"], ["flock"]],
    [["/lib64/ld-linux-x86-64.so.2", "/bin/ls", "-l"], ["ld-linux-x86-64.so.2"]],
    [["env", "-S", "ls -l"], ["env"]],
  ])("%j is ls -l", (argv, wrappers) => {
    const [command] = analyse(...argv).commands;
    expect(words(command)).toEqual(["ls", "-l"]);
    expect(command?.wrappers).toEqual(wrappers);
    expect(command?.nested).toBe(false);
  });

  test.each([["sudo", "-l"], ["env"], ["nohup"], ["ionice", "-p", "12"], ["command", "-v", "gcc"], ["timeout", "5"]])(
    "%s %s runs nothing and keeps its name",
    (...argv) => {
      expect(analyse(...argv).commands[0]?.name).toBe(argv[0]);
    },
  );

  test("env's assignments are kept, its directory is followed", () => {
    const [command] = analyse("env", "-C", "/srv", "LD_PRELOAD=/tmp/x.so", "id").commands;
    expect(command).toMatchObject({ name: "id", assignments: [["LD_PRELOAD", "/tmp/x.so"]], cwd: "/srv" });
  });
});

describe("shell text", () => {
  test("clustered -lc and options with a value are read as the shell reads them", () => {
    expect(words(analyse("bash", "-o", "pipefail", "-lc", "id -a").commands[1])).toEqual(["id", "-a"]);
    expect(analyse("bash", "-c", "id").script).toBe("id");
    expect(analyse("bash", "x.sh", "-c", "id").commands).toHaveLength(1);
  });

  test("pipelines keep their stages, groups share theirs", () => {
    const { commands, pipelines } = analyse("sh", "-c", "(wget -O- u || curl u | tee f) | sh; ls");
    expect(commands.map((c) => [c.name, c.pipeline, c.stage])).toEqual([
      ["sh", 0, 0],
      ["wget", 1, 0],
      ["curl", 1, 0],
      ["tee", 1, 1],
      ["sh", 1, 2],
      ["ls", 2, 0],
    ]);
    expect(pipelines[1]).toHaveLength(4);
  });

  test("cd moves what follows, in its own subshell only, and the first alternative wins", () => {
    const cwds = script("cd /a || cd /b; x; (cd c; y); z; cd ~/d && w").flatMap((c) =>
      c.name.length === 1 ? [c.cwd] : [],
    );
    expect(cwds).toEqual(["/a", "/a/c", "/a", "/root/d"]);
  });

  test("literal variables, quotes, braces and $IFS are resolved", () => {
    expect(words(script("U=http://h/x; curl -O $U")[1])).toEqual(["curl", "-O", "http://h/x"]);
    expect(words(script("C='rm -rf'; $C /x")[1])).toEqual(["rm", "-rf", "/x"]);
    expect(words(script("w'g'e\\t $'\\x61'")[0])).toEqual(["wget", "a"]);
    expect(words(script("{cat,/etc/passwd}")[0])).toEqual(["cat", "/etc/passwd"]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own syntax
    expect(words(script("cat${IFS}/etc/passwd")[0])).toEqual(["cat", "/etc/passwd"]);
    expect(words(script("U=x; echo '$U' $V")[1])).toEqual(["echo", "$U", "$V"]);
  });

  test("redirections of a command and of the group around it are given", () => {
    const [echo] = script("{ echo a 2>>err; } > out");
    expect(echo?.redirections).toEqual([
      { operator: ">>", fd: 2, target: "err" },
      { operator: ">", fd: undefined, target: "out" },
    ]);
  });

  test("substitutions belong to their command", () => {
    const [kill, pgrep] = script('kill -9 "$(pgrep -f x)" `y`');
    expect(kill?.substitutions.map((c) => c.name)).toEqual(["pgrep", "y"]);
    expect(pgrep).toMatchObject({ via: "substitution", depth: 2, nested: true });
  });

  test("every branch of a condition, loop, case and function counts", () => {
    const names = script(
      "if a; then b; elif c; then d; else e; fi; case x in y) f;; esac; g() { h; }; for i in 1; do j; done",
    );
    expect(names.map((c) => c.name)).toEqual(["a", "b", "c", "d", "e", "f", "h", "j"]);
  });

  test.each([
    "bash <<< 'rm -rf /x'",
    "sh <<E\nrm -rf /x\nE",
    "echo cm0gLXJmIC94 | base64 -d | sh",
    "base64 -d <<< cm0gLXJmIC94 | bash -s",
    "printf '\\162m -rf /x' | sh",
    "echo 726d202d7266202f78 | xxd -r -p | sh",
    "echo 'x/ fr- mr' | rev | sh",
    'eval "$(echo cm0gLXJmIC94 | base64 --decode)"',
    "bash -c 'sh -c \"rm -rf /x\"'",
    "su bob -c 'rm -rf /x'",
    "ssh -p 22 -o A=b host rm -rf /x",
    "docker run --rm -v /:/h -it img sh -c 'rm -rf /x'",
    "docker exec -u 0 c rm -rf /x",
    "kubectl exec -it p -- rm -rf /x",
    "find / -name y -exec rm -rf /x ';'",
    "ls | xargs -n 1 -I{} rm -rf /x",
    "watch -n 1 rm -rf /x",
    "script -qc 'rm -rf /x' /dev/null",
    "echo rm -rf /x | at now",
    "python3 -c 'import os; os.system(\"rm -rf /x\")'",
    'perl -e \'exec("rm", "-rf", "/x")\'',
    "awk 'BEGIN{system(\"rm -rf /x\")}'",
  ])("%j runs rm -rf /x", (text) => {
    expect(script(text).map(words)).toContainEqual(["rm", "-rf", "/x"]);
  });

  test.each([
    "echo 'rm -rf /x'",
    "grep 'rm -rf /x' f",
    "echo cm0gLXJmIC94 | base64 -d",
    "cat <<E\nrm -rf /x\nE",
    "# rm -rf /x",
  ])("%j runs no rm", (text) => {
    expect(script(text).map((c) => c.name)).not.toContain("rm");
  });
});

describe("paths", () => {
  test("are resolved against the command's directory and home", () => {
    const [, x] = script("cd /tmp/a; x");
    expect(resolvePath(x as Command, "../b")).toBe("/tmp/b");
    expect(resolvePath(x as Command, "~/.ssh")).toBe("/root/.ssh");
    expect(resolvePath(x as Command, "$HOME/.ssh//k")).toBe("/root/.ssh/k");
    const [user] = commandLine(started(["x"], { uid: 1000, cwd: "/home/eve/w" })).commands;
    expect(resolvePath(user as Command, "~/y")).toBe("/home/eve/y");
  });
});

describe("bounds", () => {
  test("never throws, whatever the words", () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom(
        "$(",
        "`",
        "<<<",
        "<<E\n",
        "|",
        "&&",
        "sh -c ",
        "eval ",
        "'",
        '"',
        "${",
        "((",
        "find -exec ",
        "sudo ",
        "base64 -d",
        "cd ",
      ),
    );
    const text = fc.array(piece, { maxLength: 24 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 5 }),
        fc.constantFrom("sh", "eval", "find", "awk", "docker", "env", "sudo"),
        (argv, first) => {
          const line = commandLine(started([first, ...argv]));
          expect(line.commands.length).toBeLessThanOrEqual(256);
          expect(commandLine(started(["sh", "-c", argv.join(" ")])).commands.every((c) => c.depth <= 9)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("text beyond 64 KiB is cut and said to be", () => {
    const line = analyse("sh", "-c", `${"x ".repeat(40_000)}; rm y`);
    expect(line.partial).toBe(true);
    expect(line.text.length).toBe(8192);
    expect(analyse("sh", "-c", "x; rm y").partial).toBe(false);
  });

  test("variables that double do not grow without bound", () => {
    const line = analyse("sh", "-c", `a=xxxxxxxx;${"a=$a$a;".repeat(200)} echo $a`);
    const longest = Math.max(...line.commands.slice(1).flatMap((c) => c.args.map((arg) => arg.length)));
    expect(longest).toBeLessThan(16_384);
  });

  test("an empty argv goes by the executable", () => {
    expect(commandLine(started([], { exe: "/bin/ls" })).commands[0]?.name).toBe("ls");
    expect(commandLine(started([], { exe: "" })).commands).toEqual([]);
  });

  test("the same content is analysed once", () => {
    expect(commandLine(started(["sh", "-c", "id"]))).toBe(commandLine(started(["sh", "-c", "id"])));
    expect(commandLine(started(["sh", "-c", "id"]))).not.toBe(commandLine(started(["sh", "-c", "id"], { cwd: "/x" })));
  });
});

import { describe, expect, test } from "vitest";
import { suspiciousCompilationFetched } from "./suspicious-compilation.fetched.ts";
import { suspiciousCompilation } from "./suspicious-compilation.ts";
import { clear, ShellHost } from "./testing/shell-host.ts";

const fresh = (settings = {}) => new ShellHost(suspiciousCompilation, settings, [], { 33: "www-data" });

describe("suspicious compilation", () => {
  test.each([
    "gcc /tmp/x.c -o /tmp/x",
    "gcc -shared -fPIC -o /tmp/lib.so lib.c",
    "cc -o /var/www/html/x x.c",
    "clang -o .update update.c",
    "g++-12 cve-2099-1234.cpp -o poc",
    "x86_64-linux-gnu-gcc exploit.c -o e",
    "gcc -x c - -o x",
    "gcc -fno-stack-protector -z execstack p.c -o p",
    "make -C /tmp/rootkit",
    "go build -o /dev/shm/agent main.go",
    "tcc -run /tmp/x.c",
    "gcc /home/eve/.cache/.q/x.c -o q",
  ])("%s", (line) => {
    expect(clear(fresh().run(line))).toHaveLength(1);
  });

  test("the directory counts as the script moved it", () => {
    expect(fresh().line("cd /dev/shm && gcc x.c -o x")).toHaveLength(1);
    expect(fresh().run("gcc x.c -o x", { cwd: "/dev/shm" })).toHaveLength(1);
    expect(fresh().run("gcc x.c -o x", { cwd: "/home/eve" })).toEqual([]);
  });

  test("what pip builds below its own directory is quiet", () => {
    expect(fresh().run("gcc -c x.c -o build/x.o", { cwd: "/tmp/pip-build-q1/pkg" })).toEqual([]);
    expect(fresh().run("gcc -c x.c -o build/x.o", { cwd: "/tmp/pips" })).toHaveLength(1);
  });

  test("a source that an earlier command fetched, for an hour", () => {
    const host = new ShellHost(suspiciousCompilationFetched);
    host.run("wget http://files.example/q.c");
    expect(host.run("gcc other.c -o q")).toEqual([]);
    host.now += 3_600_000;
    expect(host.run("gcc q.c -o q")).toHaveLength(1);
    host.now += 1;
    expect(host.run("gcc q.c -o q")).toEqual([]);
  });

  test("a source that the same line fetched", () => {
    expect(fresh().line("wget https://files.example/x.c && gcc x.c -o x")).toHaveLength(1);
  });

  test("a service account has nothing to compile", () => {
    expect(fresh().run("gcc x.c -o x", { uid: 33, cwd: "/srv" })[0]?.reason).toContain("www-data");
  });

  test.each([
    "gcc hello.c -o hello",
    "gcc --version",
    "gcc -E -dM -",
    "make -j4",
    "make -C /usr/src/linux-headers-6.1 M=/usr/src/wireguard modules",
    "make install",
    "apt-get install -y gcc make",
    "go build ./...",
    "gcc -c conftest.c",
    "gcc -o /tmp/pip-install-ab12/x.o -c /tmp/pip-install-ab12/x.c",
    "cc -o CMakeFiles/cmTC_1.dir/t.o -c /tmp/x/CMakeFiles/CMakeScratch/t.c",
  ])("near miss stays quiet: %s", (line) => {
    expect(fresh().run(line)).toEqual([]);
  });

  test("an image recipe that builds a release in /tmp and installs it is quiet", () => {
    expect(fresh().line("cd /tmp/foo-1.2 && ./configure && make && make install")).toEqual([]);
    expect(clear(fresh().run("make", { cwd: "/tmp/foo-1.2" }))).toEqual([]);
    expect(clear(fresh().run("make", { cwd: "/tmp/x" }))).toHaveLength(1);
  });

  test("below pip, dkms or dpkg it is quiet, below a dkms of /tmp it is not", () => {
    const below = (exe: string) => ({ ancestors: [{ pid: 2, exe, argv: [exe], uid: 0 }] });
    expect(fresh().run("gcc /tmp/x.c", below("/usr/bin/pip3"))).toEqual([]);
    expect(fresh().run("gcc /tmp/x.c", below("/usr/sbin/dkms"))).toEqual([]);
    expect(fresh().run("gcc /tmp/x.c", below("/tmp/dkms"))).toHaveLength(1);
  });

  test("an allowed directory is not reported", () => {
    expect(fresh({ allowedDirectories: ["/tmp/ci"] }).run("gcc /tmp/ci/x.c -o /tmp/ci/x")).toEqual([]);
  });
});

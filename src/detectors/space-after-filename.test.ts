import { describe, expect, test } from "vitest";
import { spaceAfterFilenameFile } from "./space-after-filename.file.ts";
import { spaceAfterFilename } from "./space-after-filename.ts";
import { ShellHost } from "./testing/shell-host.ts";

describe("space after filename, by process", () => {
  test.each([
    [["/home/eve/invoice.pdf "]],
    [["/home/eve/invoice.pdf\u00a0"]],
    [["/home/eve/invoice.pdf\u200b"]],
    [["bash", "/home/eve/notes.txt "]],
    [["cp", "/bin/sh", "/home/eve/notes.txt "]],
    [["chmod", "+x", "notes.txt "]],
    [["chmod", "755", "/srv/x "]],
    [["touch", "photo.jpg "]],
  ])("%j", (argv) => {
    const [found] = new ShellHost(spaceAfterFilename).run(argv);
    expect(found?.evidence.file?.path).toMatch(/[\s\u00a0\u200b]$/u);
  });

  test("a redirection makes such a file", () => {
    expect(new ShellHost(spaceAfterFilename).line("echo x > 'notes.txt '")).toHaveLength(1);
  });

  test("argv[0] alone does not count when the kernel's name is clean, and counts when it is unknown", () => {
    const host = new ShellHost(spaceAfterFilename);
    expect(host.run(["/usr/bin/ls "], { exe: "/usr/bin/ls" })).toEqual([]);
    expect(host.run(["/tmp/ls "], { exe: "" })).toHaveLength(1);
  });

  test("the path given to execve counts, also when nothing was there", () => {
    const host = new ShellHost(spaceAfterFilename);
    const process = { pid: 2, ppid: 1, exe: "/usr/bin/bash", argv: [] };
    const fact = { kind: "process.started", at: 1, process, failed: true, file: { path: "/tmp/a.txt " } } as const;
    expect(host.judge(fact)[0]?.reason).toContain("tries to run");
  });

  test.each([
    [["mv", "photo 1.jpg", "photo1.jpg"]],
    [["mv", "old name ", "clean"]],
    [["find", ".", "-name", "x "]],
    [["ls", "dir "]],
    [["grep", "word ", "file"]],
    [["touch", "-d", "2 days ago", "x"]],
    [["/tmp/ "]],
    [["chmod", "644", "x.txt "]],
  ])("near miss stays quiet: %j", (argv) => {
    expect(new ShellHost(spaceAfterFilename).run(argv)).toEqual([]);
  });
});

describe("space after filename, by file", () => {
  const changed = (path: string, operation: "create" | "delete" | "chmod", mode?: number) =>
    new ShellHost(spaceAfterFilenameFile).judge({ kind: "file.changed", at: 1, operation, file: { path, mode } });

  test("a new file and one made executable are seen", () => {
    expect(changed("/home/eve/a.pdf ", "create")).toHaveLength(1);
    expect(changed("/home/eve/a.pdf ", "chmod", 0o100755)).toHaveLength(1);
  });

  test("a deleted file, one without the right to run, and a clean name are not", () => {
    expect(changed("/home/eve/a.pdf ", "delete")).toEqual([]);
    expect(changed("/home/eve/a.pdf ", "chmod", 0o100644)).toEqual([]);
    expect(changed("/home/eve /a.pdf", "create")).toEqual([]);
  });
});

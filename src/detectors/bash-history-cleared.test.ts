import { describe, expect, test } from "vitest";
import type { Fact, Process } from "../events/fact.ts";
import { bashHistoryClearedCommand } from "./bash-history-cleared.command.ts";
import { bashHistoryClearedFile } from "./bash-history-cleared.file.ts";
import { below, process, ran, run, script } from "./testing/root-shell.ts";

describe("a history cleared by a command line", () => {
  test.each([
    "history -c",
    "unset HISTFILE HISTSAVE",
    "export HISTSIZE=0",
    "HISTFILE=/dev/null bash",
    "set +o history",
    "rm -f ~/.zsh_history",
    "cat /dev/null > $HOME/.bash_history",
    "ln -sf /dev/null /home/eve/.bash_history",
    "shred -u .ash_history",
    "find /home -name '.*_history' -delete",
    "chattr +i /root/.bash_history",
    "echo 'export HISTFILE=/dev/null' >> /etc/profile",
  ])("%s fires", (line) => {
    expect(run(bashHistoryClearedCommand, [script(line)]).map((m) => m.confidence ?? "medium")).toEqual(["medium"]);
  });

  test.each([
    "history",
    "history -a",
    "set -o history",
    "export HISTSIZE=10000 HISTFILESIZE=20000",
    "cat ~/.bash_history",
    "cp ~/.bash_history /srv/backup/",
    "chmod 600 ~/.bash_history",
    "find . ! -name .bash_history -delete",
    "rm -f browser_history.csv",
  ])("%s raises nothing", (line) => {
    expect(run(bashHistoryClearedCommand, [script(line)])).toEqual([]);
  });

  test("an account that is removed takes its history with it", () => {
    expect(
      run(bashHistoryClearedCommand, [ran(["rm", "-r", "/home/eve/.bash_history"], below("/usr/sbin/deluser"))]),
    ).toEqual([]);
  });
});

describe("a history file", () => {
  type Operation = "create" | "truncate" | "delete" | "rename" | "write";
  const changed = (operation: Operation, path: string, more: Partial<Process> = {}, from?: string): Fact => ({
    kind: "file.changed",
    at: 1000,
    operation,
    file: { path },
    from,
    process: process(["bash"], more),
  });
  const seen = (...facts: Fact[]) => run(bashHistoryClearedFile, facts);

  test.each(["truncate", "delete", "create"] as const)("%s fires", (operation) => {
    expect(seen(changed(operation, "/root/.bash_history"))).toHaveLength(1);
  });

  test("that is appended to, or replaced by the shell's own draft, raises nothing", () => {
    expect(seen(changed("write", "/root/.bash_history"))).toEqual([]);
    expect(seen(changed("rename", "/root/.bash_history", {}, "/root/.bash_history-4711.tmp"))).toEqual([]);
    expect(seen(changed("rename", "/root/.zsh_history", {}, "/root/.zsh_history.new"))).toEqual([]);
  });

  test("that is moved away fires", () => {
    expect(seen(changed("rename", "/tmp/x", {}, "/root/.bash_history"))).toHaveLength(1);
  });

  test("created once for a new account is its first logout, the next time is not", () => {
    const born: Fact = { kind: "account.created", at: 1, user: "eve", home: "/home/eve" };
    const create = changed("create", "/home/eve/.bash_history");
    expect(seen(born, create)).toEqual([]);
    expect(seen(born, create, create)).toHaveLength(1);
  });
});

/** A bare shell whose parent starts none but when told to from inside: what is left of `!sh` typed into a pager. */
import type { Process } from "../../events/fact.ts";
import { ancestors } from "./ancestry.ts";
import { bareShell } from "./bare-shells.ts";
import type { CommandLine } from "./command.ts";
import { isShell } from "./interpreters.ts";
import { basename, inSystemDirectory } from "./paths.ts";
import type { Escape } from "./shell-escapes.ts";

/** Pagers, clients, line editors and tools with a `!` of their own (their manuals); each runs a command by `sh -c`. */
const parents = new Set(
  "less more most pg man ftp sftp tnftp lftp ncftp telnet ed red bc dc mysql mariadb psql sqlite3 nmap tcpdump zip tar journalctl systemctl timedatectl loginctl dmesg apt-get apt scp rsync awk gawk mawk original-awk gdb strace ltrace aspell ispell dig mail mailx mutt w3m lynx links top htop watch split sort cpio".split(
    " ",
  ),
);

/** The escape that this start is the result of; undefined for any other. */
export function belowPager(process: Process, { commands }: CommandLine): Escape | undefined {
  const [own] = commands;
  if (!own || !isShell(own.name)) return undefined;
  const [parent] = ancestors(process);
  if (!parent) return undefined;
  const name = basename(parent.exe);
  if (!parents.has(name) || !inSystemDirectory(parent.exe) || !bareShell(own)) return undefined;
  return { program: name, reason: `${name} is the parent of a bare ${own.name}` };
}

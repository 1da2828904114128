/**
 * An ordinary program made to start a shell (the GTFOBins idea), told by how the shell is handed over, not by the
 * program: a wrapper in front of a bare shell, an option that names a program, code that calls the system, `!sh`.
 *
 * Blind spot: escapes typed inside an interactive program, and those written in a file that it reads.
 */
import { isLoopback } from "./addresses.ts";
import { bareShell, shellPath, startsBareShell } from "./bare-shells.ts";
import type { Command, CommandLine } from "./command.ts";
import { isShell } from "./interpreters.ts";
import { basename } from "./paths.ts";
import { optionEscape } from "./program-options.ts";
import { administration, speakers, takesShellOperand } from "./shell-speakers.ts";
import { textEscape } from "./typed-escapes.ts";

/** Rescue, debugging and escape look the same behind these. */
const dualUse = new Set(["chroot", "nsenter", "systemd-run"]);
/** Into the root one is in, or into no namespace: nothing but a way to a shell. */
const pointless =
  /\bchroot \/ |\bnsenter (?:\/\S{1,32}\/)?(?:ba|da|z)?sh(?:\s|$)|\bnsenter (?:-\S{1,32} ){0,8}(?:-t ?1|--target[= ]1) /;

export interface Escape {
  readonly program: string;
  readonly reason: string;
  /** As often administration as abuse. */
  readonly low?: boolean;
}

/** The first shell escape of a command line. */
export function shellEscape(line: CommandLine): Escape | undefined {
  for (const command of line.commands) {
    const found =
      behindWrapper(command, line) ??
      insideProgram(command, line) ??
      byEnvironment(command) ??
      byArgument(command) ??
      onThisHost(command, line) ??
      byLastOperand(command) ??
      byTraversal(command);
    if (found) return found;
  }
  return textEscape(line);
}

/** `timeout 7d /bin/sh`, `env /bin/sh`, `nice /bin/sh` */
function behindWrapper(command: Command, line: CommandLine): Escape | undefined {
  if (command.via === "remote") return undefined;
  const dual = command.wrappers.at(-1);
  if (dual !== undefined && dualUse.has(dual) && bareShell(command))
    return { ...bare(dual, command.name), low: !pointless.test(line.text) && !onTerminal(dual, line.text) };
  const wrapper = command.wrappers.findLast((name) => !administration.has(name));
  if (wrapper === undefined || command.wrappers.at(-1) !== wrapper || !bareShell(command)) return undefined;
  return { program: wrapper, reason: `${wrapper} starts a bare ${command.name}` };
}

/** `systemd-run -t /bin/sh`: a shell under the service manager; with properties it tries out a confinement. */
function onTerminal(wrapper: string, text: string): boolean {
  return wrapper === "systemd-run" && /\s(?:-\w{0,4}t\w{0,4}|--pty)\s/.test(text) && !/\s(?:-p|--property)/.test(text);
}

/** Shells that no service or container is started with: `csh -c 'exec sh'` changes shells for its own sake. */
const exotic = new Set(["csh", "tcsh", "fish", "elvish", "yash", "pwsh", "ksh", "mksh"]);

/** `find -exec /bin/sh`, `awk 'BEGIN{system("/bin/sh")}'`, `start-stop-daemon -x /bin/sh`, `watch -x sh` */
function insideProgram(command: Command, line: CommandLine): Escape | undefined {
  if (!command.nested || !isShell(command.name)) return undefined;
  const holder = line.commands[command.holder];
  if (!holder || (isShell(holder.name) && !exotic.has(holder.name))) return undefined;
  if (command.via === "remote") {
    const mounted = holder.args.some((arg) => arg === "/:/mnt" || arg.startsWith("/:/"));
    // A new container with such rights is privileged-container's.
    const init =
      holder.args.includes("exec") &&
      command.wrappers.includes("nsenter") &&
      /(?:-t ?1|--target[= ]1) /.test(line.text);
    const out = ((command.wrappers.includes("chroot") && mounted) || init) && bareShell(command);
    if (out && init) return bare(holder.name, "shell in the host's namespaces");
    return out
      ? { program: holder.name, reason: `${holder.name} mounts the host and starts a shell in it` }
      : undefined;
  }
  if (command.via === "substitution" || command.via === undefined || !bareShell(command)) return undefined;
  if (
    ["su", "runuser", "sg", "eval", "trap", "at", "batch", "sshpass", "capsh"].includes(holder.name) &&
    command.args.length === 0
  )
    return holder.name === "sshpass" || holder.name === "capsh" ? bare(holder.name, command.name) : undefined;
  // These append file names, so `xargs sh` runs scripts; with -a or -I nothing is appended.
  if (/^(?:xargs|parallel)$/.test(holder.name) && !holder.args.some((arg) => /^-[aIi]/.test(arg))) return undefined;
  return bare(holder.name, command.name);
}

function bare(program: string, shell: string): Escape {
  return { program, reason: `${program} starts a bare ${shell}` };
}

/** Variables whose value programs run: environ(7), git(1), man(1), less(1), systemd. */
const programVariables =
  /^(?:PAGER|MANPAGER|GIT_PAGER|SYSTEMD_PAGER|EDITOR|VISUAL|GIT_EDITOR|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|LESSOPEN|BROWSER|SUDO_ASKPASS|SSH_ASKPASS|MANOPT|TAR_OPTIONS|FCEDIT|PROMPT_COMMAND|RSYNC_RSH|TERMINAL|BYOBU_BACKEND|COMPOSE_EDITOR|KUBE_EDITOR)$/;

function byEnvironment(command: Command): Escape | undefined {
  if (command.assignments.length === 0 || command.name === "") return undefined;
  const set = command.assignments.find(([name, value]) => programVariables.test(name) && startsBareShell(value));
  return set ? { program: command.name, reason: `${command.name} is given a shell as ${set[0]}` } : undefined;
}

function byArgument(command: Command): Escape | undefined {
  const reason = optionEscape(command);
  return reason === undefined ? undefined : { program: command.name, reason };
}

/** `ssh localhost $SHELL --norc`: out of a restricted shell by way of one's own host; `systemd-run --shell`. */
function onThisHost(command: Command, line: CommandLine): Escape | undefined {
  const { name, args } = command;
  if (command.via === "remote" && (isShell(name) || command.program === "$SHELL")) {
    const ssh = line.commands[command.holder];
    const own = ssh?.name === "ssh" && ssh.args.some((arg) => isLoopback(arg.slice(arg.lastIndexOf("@") + 1)));
    const bareWords = args.every((arg) => /^--\w|^-[il]+$/.test(arg)) && ssh?.redirections.length === 0;
    return own && bareWords ? bare("ssh", "shell on this host") : undefined;
  }
  if (name !== "systemd-run" || !args.some((arg) => arg === "-S" || arg === "--shell")) return undefined;
  return { ...bare(name, "shell"), low: confined(args) };
}

/** With properties it tries out a confinement. */
function confined(args: readonly string[]): boolean {
  return args.some((arg) => /^(?:-p|--property)/.test(arg));
}

/** `grc --pty /bin/sh`, `yarn exec /bin/sh`: the last operand is a shell by its full path. */
function byLastOperand({ name, args, redirections, via }: Command): Escape | undefined {
  if (!shellPath.test(args.at(-1) ?? "") || name === "" || via === "remote" || isShell(name)) return undefined;
  if (takesShellOperand(name) || redirections.length > 1 || /shell$/i.test(args.at(-2) ?? "")) return undefined;
  return bare(name, basename(args.at(-1) as string));
}

/** `service ../../bin/sh`, `run-parts --regex '^sh$' /bin` */
function byTraversal(command: Command): Escape | undefined {
  const { name, args } = command;
  if (speakers.has(name) || isShell(name)) return undefined;
  if (
    name === "run-parts" &&
    args.some((arg) => /regex=?/.test(arg)) &&
    args.some((arg) => /\^?(?:ba|da|z)?sh\$/.test(arg.slice(0, 64)))
  )
    return bare(name, "shell");
  return name === "service" && args.some((arg) => arg.startsWith("..") && isShell(basename(arg)))
    ? bare(name, "shell")
    : undefined;
}

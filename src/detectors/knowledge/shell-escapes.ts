/**
 * An ordinary program made to start a shell (the GTFOBins idea), told by how the shell is handed over, not by the
 * program: a wrapper in front of a bare shell, an option that names a program, code that calls the system, `!sh`.
 *
 * Blind spot: escapes typed inside an interactive program, and those written in a file that it reads.
 */
import type { Command, CommandLine } from "./command.ts";
import { commandLine } from "./command.ts";
import { interpreterCall, isShell, shellCall, systemCalls } from "./interpreters.ts";
import { basename } from "./paths.ts";
import { hereText } from "./payload.ts";

/** Wrappers that give a root's or another user's shell to whoever may; a shell behind them is administration. */
const administration = new Set([
  "sudo",
  "doas",
  "pkexec",
  "su-exec",
  "gosu",
  "setuidgid",
  "chpst",
  "runuser",
  "chroot",
  "exec",
  "command",
  "builtin",
  "coproc",
  "systemd-run",
  "dbus-run-session",
  "nsenter",
  "fakeroot",
  "proxychains",
  "proxychains4",
  "torsocks",
  "torify",
]);

/** Rescue, debugging and escape look the same behind these. */
const dualUse = new Set(["chroot", "nsenter", "systemd-run"]);
/** Into the root one is in, or into no namespace: nothing but a way to a shell. */
const pointless = /\bchroot \/ |\bnsenter (?:\/\S{1,32}\/)?(?:ba|da|z)?sh(?:\s|$)/;

/** Programs for which a shell in the arguments is a mention, a file operand, a login shell, or someone else's alert. */
const speakers = new Set(
  "echo printf grep egrep fgrep zgrep rg cat ls ll stat file ldd strings readlink realpath which whereis type test [ cp mv ln rm chmod chown touch install sha256sum md5sum useradd adduser usermod chsh addgroup groupadd passwd getent id dpkg dpkg-query dpkg-divert update-alternatives man apropos info whatis history alias export set unset read local declare readonly typeset logger diff cmp sort uniq head tail wc tr cut jq yq ps pgrep pkill kill nc ncat netcat socat docker podman nerdctl kubectl ssh sshpass tmux screen crontab at wget curl http apk systemctl journalctl tee dd configure cmake gcc cc g++ clang mount umount cd mkdir mktemp flatpak firejail xterm konsole gnome-terminal kdump auditctl ausearch aureport apparmor_parser aa-genprof visudo update-rc.d deb-systemd-helper iotedge aziotctl az aws gcloud helm terraform".split(
    " ",
  ),
);

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
      byLastOperand(command) ??
      byTraversal(command);
    if (found) return found;
  }
  return byTypedEscape(line) ?? byWrittenCode(line);
}

/** A shell with nothing to run but its user: no script, no `-c` (or `-c` that itself only starts a shell). */
function bareShell(command: Command): boolean {
  if (!isShell(command.name) || command.stage > 0) return false;
  // A shell on a network connection is reverse-shell's.
  if (command.redirections.some((r) => r.target.startsWith("/dev/tcp/") || r.target.startsWith("/dev/udp/")))
    return false;
  if (
    command.redirections.some(
      (r) =>
        r.operator === "<<" ||
        r.operator === "<<<" ||
        (r.operator === "<" && !r.target.startsWith("$(") && !r.target.startsWith("/dev/tty")),
    )
  )
    return false;
  const call = shellCall(command.args);
  if (call.script !== undefined) return startsBareShell(call.script);
  if (call.file !== undefined) return false;
  return command.args.every((arg) => /^[-+](?:-?|[ilpsxe]+|-login|-noprofile|-norc|-posix|-i)$/.test(arg));
}

/** Does shell text start a bare shell (`exec sh 0<&1`, `reset; sh`)? A few commands at most: scripts are none. */
function startsBareShell(text: string, depth = 0): boolean {
  if (text.length > 512 || depth > 2 || !text.includes("sh")) return false;
  const { commands } = commandLine({ pid: 0, ppid: 0, exe: "/bin/sh", argv: ["sh", "-c", text] });
  if (commands.length > 8) return false;
  return commands.some((command, i) => i > 0 && command.depth < 3 && isShell(command.name) && bareShell(command));
}

/** `timeout 7d /bin/sh`, `env /bin/sh`, `nice /bin/sh` */
function behindWrapper(command: Command, line: CommandLine): Escape | undefined {
  if (command.via === "remote") return undefined;
  const dual = command.wrappers.at(-1);
  if (dual !== undefined && dualUse.has(dual) && bareShell(command))
    return { ...bare(dual, command.name), low: !pointless.test(line.text) };
  const wrapper = command.wrappers.findLast((name) => !administration.has(name));
  if (wrapper === undefined || command.wrappers.at(-1) !== wrapper || !bareShell(command)) return undefined;
  return { program: wrapper, reason: `${wrapper} starts a bare ${command.name}` };
}

/** `find -exec /bin/sh`, `awk 'BEGIN{system("/bin/sh")}'`, `start-stop-daemon -x /bin/sh`, `watch -x sh` */
function insideProgram(command: Command, line: CommandLine): Escape | undefined {
  if (!command.nested || !isShell(command.name)) return undefined;
  const holder = line.commands[command.holder];
  if (!holder || isShell(holder.name)) return undefined;
  if (command.via === "remote") {
    const mounted = holder.args.some((arg) => arg === "/:/mnt" || arg.startsWith("/:/"));
    const out = command.wrappers.includes("chroot") && mounted && bareShell(command);
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
  // xargs appends file names, so `xargs sh` runs scripts; with -a or -I nothing is appended.
  if (holder.name === "xargs" && !holder.args.some((arg) => /^-[aIi]/.test(arg))) return undefined;
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

/** Options whose value is a program or shell text, by program; `--name=value` of the same words counts anywhere. */
const programOptions: Record<string, readonly string[]> = {
  tar: ["-I", "-F"],
  zip: ["-TT", "--unzip-command"],
  scp: ["-S"],
  sftp: ["-S"],
  rsync: ["-e"],
  tcpdump: ["-z"],
  man: ["-P", "-H"],
  split: ["--filter"],
  scrot: ["-e"],
  genie: ["-c"],
  nmap: ["--script"],
  openvpn: ["--up", "--down"],
  gem: ["-e"],
  mail: ["-e"],
  "run-mailcap": ["--action"],
  flock: ["-c"],
  script: ["-c"],
  pexec: ["-c"],
  ssh: [],
  gcc: ["-wrapper"],
  "g++": ["-wrapper"],
  cc: ["-wrapper"],
  c89: ["-wrapper"],
  c99: ["-wrapper"],
};
/** Last word of an option name (after dots, colons and dashes) that says its value is run. */
const runningOption =
  /^(?:exec|execute|command|cmd|action|checkpoint-action|filter|to-command|pager|editor|rsh|rsh-command|shell-command|use-compress-program|compress-program|unzip-command|info-script|new-volume-script|use-askpass|up|down|eval|pipe|program|proxycommand|localcommand|knownhostscommand|pre-invoke|post-invoke|pre-install-pkgs|post-invoke-success|invoke|hook|sshcommand|askpass|startas|html|interpreter|before-exec|hostrecipe)$/;

function byArgument(command: Command): Escape | undefined {
  const { name, args } = command;
  const own = programOptions[name];
  const speaks = speakers.has(name);
  if (
    name === "socat" &&
    args.some((arg) => /^exec:(?:\/bin\/)?(?:ba|da|z)?sh\b/i.test(arg)) &&
    args.some((arg) => /^(?:stdin|stdio|-)(?:,|$)/i.test(arg))
  )
    return bare(name, "shell");
  if (name === "" || isShell(name) || (speaks && !own)) return undefined;
  const code = interpreterCall(command)?.code;
  const here = hereText(command);
  const words = here === undefined || speaks ? args : [...args.slice(0, 63), here];
  for (let i = 0; i < words.length && i < 64; i++) {
    const arg = words[i] as string;
    if (!arg.includes("sh") || arg.length > 4096) continue;
    const previous = words[i - 1] ?? "";
    if (own?.includes(previous) && startsBareShell(arg.replaceAll(",", " ")))
      return bare(name, `shell with ${previous}`);
    if (optionRuns(arg, previous) || (!speaks && runningWord(previous) && startsBareShell(arg)))
      return { program: name, reason: `${name} is told to run a shell with an option` };
    if (!speaks && /(?:^|[\s\\:'"])!\s*(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k|a)?sh\s*(?:['"]|$)/.test(arg))
      return bare(name, "shell with !");
    if (!speaks && code === undefined && callsShell(arg)) return codeStarts(name);
  }
  return code !== undefined && callsShell(code) ? codeStarts(name) : undefined;
}

function codeStarts(program: string): Escape {
  return { program, reason: `${program} is given code that starts a shell` };
}

/** `--editor`, `--pager`, `--filter` in front of their value. */
function runningWord(word: string): boolean {
  return word.startsWith("--") && !word.includes("=") && runningOption.test(word.slice(2));
}

/** `--checkpoint-action=exec=/bin/sh`, `-o APT::Update::Pre-Invoke::=/bin/sh`, `-c core.pager=sh` */
function optionRuns(arg: string, previous: string): boolean {
  const equals = arg.search(/[=\s]/);
  if (equals < 1 || equals > 128) return false;
  const given = arg.startsWith("-") || /^-[oc]$/.test(previous);
  if (!given) return false;
  const key = arg
    .slice(0, equals)
    .replace(/^-+o?(?=[A-Z])|^-+/, "")
    .replace(/[:]+$/, "");
  const last = key.slice(Math.max(key.lastIndexOf(":"), key.lastIndexOf("."), -1) + 1).toLowerCase();
  let value = arg.slice(equals + 1);
  if (/^(?:exec|system|shell|cmd)=/.test(value)) value = value.slice(value.indexOf("=") + 1);
  else if (!runningOption.test(last) && !runningOption.test(key.toLowerCase())) return false;
  const text = value.replace(/^\s*;/, "").replace(/^[\w.-]*:\s*[-@]?/, "");
  return startsBareShell(text) || startsBareShell(value.replace(/^!/, ""));
}

const called =
  /(?:\bspawn|\bexec[lv]?p?e?|\bsystem|\bpopen|\bexecute|\bshell_exec|\bpassthru|\bterm|\.shell|\.system|\bcall|\brun|write18|\$\(shell|\bos|%x)[^\w\n]{1,6}(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k|a)?sh(?:\s+-[ip]+)?\s*(?:&\s*)?(?:$|["'`;)},\]#|]|\d?[<>])/;

/** Code that calls the system with a bare shell. */
function callsShell(code: string): boolean {
  if (called.test(code)) return true;
  if (!/spawn|exec|system|popen|`|getline|run|call/.test(code)) return false;
  return systemCalls(code).some(({ words }) => {
    const [first = ""] = words;
    if (words.length === 1) return startsBareShell(first);
    return (
      isShell(basename(first)) &&
      words.slice(1).every((word) => (word.startsWith("-") ? /^-[ip]+$/.test(word) : isShell(basename(word))))
    );
  });
}

/** Programs for which a shell's path as the last operand is a file to look at or to move. */
const readers = new Set(
  "vi vim nano emacs rpm apt-file dlocate nm objdump readelf hexdump xxd od du lsof fuser find rsync scp gdb checksec getfacl setfacl getfattr setfattr lsattr chattr getcap setcap chcon restorecon less more tar zip unzip gzip xz base64 cksum sha1sum sha512sum b2sum qemu-system-x86_64 mkinitramfs sed awk perl python python3 ruby node git add-shell remove-shell chkconfig usermod vipw expect strip upx patchelf tree sync shred truncate tail split xargs systemd-analyze".split(
    " ",
  ),
);
const shellPath = /^\/(?:usr\/)?bin\/(?:ba|da|z|k|a)?sh$/;

/** `grc --pty /bin/sh`, `yarn exec /bin/sh`: the last operand is a shell by its full path. */
function byLastOperand({ name, args, redirections, via }: Command): Escape | undefined {
  if (!shellPath.test(args.at(-1) ?? "") || name === "" || via === "remote" || isShell(name)) return undefined;
  if (speakers.has(name) || readers.has(name) || administration.has(name) || redirections.length > 1) return undefined;
  return bare(name, basename(args.at(-1) as string));
}

/** A script that drives a pager, a debugger or an editor and then types `!/bin/sh` into it. */
function byTypedEscape({ text, commands }: CommandLine): Escape | undefined {
  if (!text.includes("\n")) return undefined;
  const typed = text
    .slice(0, 4096)
    .split("\n")
    .some(
      (row) =>
        /^\s{0,8}:?!\s?(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k|a)?sh\s*$/.test(row) ||
        /^exec \/bin\/\w*sh <@stdin/.test(row),
    );
  return typed
    ? bare(commands.find(({ name }) => name !== "" && !isShell(name))?.name ?? "a program", "shell")
    : undefined;
}

/** `echo 'os.execute("/bin/sh")' > $TF; nmap --script=$TF`: the code is written first and then run by a program. */
function byWrittenCode({ commands }: CommandLine): Escape | undefined {
  for (const [i, { name, args, redirections }] of commands.entries()) {
    if ((name !== "echo" && name !== "printf") || !redirections.some((r) => r.operator.startsWith(">"))) continue;
    const code = args.find((arg) => arg.length < 4096 && /["'](?:\/(?:usr\/)?bin\/)?(?:ba)?sh["']/.test(arg));
    const runner = commands.slice(i + 1).find((later) => !isShell(later.name) && !speakers.has(later.name));
    if (code !== undefined && runner && callsShell(code)) return codeStarts(runner.name);
  }
  return undefined;
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

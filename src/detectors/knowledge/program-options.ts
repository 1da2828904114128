/**
 * Options by which an ordinary program is told to run another: `--checkpoint-action=exec=/bin/sh`, `-o ProxyCommand=sh`,
 * `-e 'system("/bin/sh")'`. Known by the option's name wherever possible; the table holds those whose letter says nothing.
 */
import { callsShell, plugsTerminal, shellPath, startsBareShell } from "./bare-shells.ts";
import type { Command } from "./command.ts";
import { interpreterCall, isShell } from "./interpreters.ts";
import { extension, inTemporaryDirectory } from "./paths.ts";
import { hereText } from "./payload.ts";
import { givesShells, speakers, takesShellOperand } from "./shell-speakers.ts";

/** Options whose value is a program or shell text, by program (their man pages). */
const programOptions = new Map<string, readonly string[]>([
  ["tar", ["-I", "-F"]],
  ["zip", ["-TT"]],
  ["scp", ["-S"]],
  ["sftp", ["-S"]],
  ["rsync", ["-e"]],
  ["tcpdump", ["-z"]],
  ["man", ["-P", "-H"]],
  ["scrot", ["-e"]],
  ["genie", ["-c"]],
  ["tmux", ["-c"]],
  ["nmap", ["--script"]],
  ["gem", ["-e"]],
  ["mail", ["-e"]],
  ["nano", ["-s", "--speller"]],
  ["enscript", ["-I"]],
  ["agetty", ["-l", "--login-program"]],
  ["getty", ["-l"]],
  ["busctl", ["--address"]],
  ["aria2c", ["--on-download-start", "--on-download-complete", "--on-download-error", "--on-download-stop"]],
  ["tshark", ["-X"]],
  ["wireshark", ["-X"]],
  ["wget", ["--use-askpass"]],
  ["flock", ["-c"]],
  ["pexec", ["-c"]],
  ["ssh", []],
  ["gcc", ["-wrapper"]],
  ["g++", ["-wrapper"]],
  ["cc", ["-wrapper"]],
  ["c89", ["-wrapper"]],
  ["c99", ["-wrapper"]],
  ["dmsetup", ["--exec"]],
]);
/** Last word of an option name (after dots, colons and dashes) that says its value is run. */
const runningOption =
  /(?:^|-)(?:exec|execute|command|cmd|action|filter|pager|editor|rsh|program|askpass|eval|pipe|hook|invoke|sshcommand|proxycommand|localcommand|knownhostscommand|pre-invoke|post-invoke|pre-install-pkgs|post-invoke-success|info-script|new-volume-script|up|down|html|interpreter|before-exec|hostrecipe|speller|startas)$/;
const bareOption = /^-[cexX]$/;
const typedBang = /(?:^|[\s\\:'"])!\s*(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k|a)?sh\s*(?:['"]|$)/;
/** Text behind which a shell is left over: `}; /bin/sh #`, `/bin/sh;false`. */
const injected = /(?:^|[;}|`(]\s{0,4})\/(?:usr\/)?bin\/(?:ba|da|z|k|a)?sh\s{0,4}(?:[;#)`]|$)/;

/** Why the command's own arguments give a shell; undefined when they do not. */
export function optionEscape(command: Command): string | undefined {
  const { name, args } = command;
  const own = programOptions.get(name);
  const speaks = speakers.has(name);
  if (name === "socat") return onStandardStreams(args);
  if (name === "" || isShell(name) || givesShells(name) || (speaks && !own)) return undefined;
  if (name === "script") return recorded(args);
  if (name === "nmap" && args.includes("--interactive"))
    return "nmap is started for its prompt, from which shells start";
  if (name === "git" && command.wrappers.includes("sudo") && pagesHelp(args))
    return "git's help is read in a pager as root";
  const code = interpreterCall(command)?.code;
  const here = hereText(command);
  const words = here === undefined || speaks ? args : [...args.slice(0, 63), here];
  for (let i = 0; i < words.length && i < 64; i++) {
    const arg = words[i] as string;
    const previous = words[i - 1] ?? "";
    const value = own && ownValue(own, arg, previous);
    if (value && runs(value)) return `${name} is told to run ${value.slice(0, 128)} with an option`;
    if (!arg.includes("sh") || arg.length > 4096) continue;
    if (name === "start-stop-daemon" && previous.startsWith("-")) continue;
    if (optionRuns(arg, previous) || (!speaks && runningWord(previous) && startsBareShell(arg)) || handed(command, i))
      return `${name} is told to run a shell with an option`;
    if (speaks) continue;
    if (typedBang.test(arg)) return `${name} is told to run a shell with !`;
    if (code === undefined && (callsShell(arg) || (/[;#`]/.test(arg) && injected.test(arg)))) return coded(name);
  }
  return code !== undefined && callsShell(code) ? coded(name) : undefined;
}

function coded(program: string): string {
  return `${program} is given code that starts a shell`;
}

/** `sudo git -p help`: nobody needs root, nor a pager forced, to read it, but a pager starts shells. */
function pagesHelp(args: readonly string[]): boolean {
  return (args[0] === "-p" || args[0] === "--paginate") && (args.includes("help") || args.includes("--help"));
}

/** `socat stdin exec:/bin/sh` */
function onStandardStreams(args: readonly string[]): string | undefined {
  const shell = args.some((arg) => /^exec:(?:\/bin\/)?(?:ba|da|z)?sh\b/i.test(arg));
  return shell && args.some((arg) => /^(?:stdin|stdio|-)(?:,|$)/i.test(arg)) ? "socat starts a bare shell" : undefined;
}

/** `script -q /dev/null`: a terminal is wanted, not a record. A command of its own is judged by itself. */
function recorded(args: readonly string[]): string | undefined {
  const operands = args.filter((arg) => !arg.startsWith("-"));
  return operands.length === 1 && operands[0] === "/dev/null"
    ? "script records to nowhere: a terminal is made for a shell"
    : undefined;
}

/** The value of one of the options `own` that ends in `arg`: in its own word, after `=`, or attached to a letter. */
function ownValue(own: readonly string[], arg: string, previous: string): string | undefined {
  if (own.includes(previous)) return arg;
  for (const option of own) {
    if (arg.length <= option.length || !arg.startsWith(option)) continue;
    if (arg[option.length] === "=") return arg.slice(option.length + 1);
    if (option.length === 2) return arg.slice(2);
  }
  return undefined;
}

/** A shell, or a program that someone left in a temporary directory. */
function runs(value: string): boolean {
  const text = value.replace(/^lua_script:|^unixexec:path=/, "");
  if (shellPath.test(text) || startsBareShell(text.replaceAll(",", " ")) || plugsTerminal(text)) return true;
  if (value.startsWith("unixexec:")) return /^\S{1,64}\/(?:ba|da|z|k|a)?sh(?:,|$)/.test(text);
  return (
    inTemporaryDirectory(text) && !/\s/.test(text) && !/^(?:conf|cfg|ini|json|ya?ml|txt|pcap)$/.test(extension(text))
  );
}

/** `--editor`, `--pager`, `--filter` in front of their value. */
function runningWord(word: string): boolean {
  return word.startsWith("--") && !word.includes("=") && runningOption.test(word.slice(2));
}

/** `-c /bin/sh`, `-e /bin/sh`, `-x /bin/sh` of a program we do not know; its script may follow the shell. */
function handed({ name, args }: Command, i: number): boolean {
  return (
    bareOption.test(args[i - 1] ?? "") &&
    shellPath.test(args[i] ?? "") &&
    !/^-\w{0,8}c$/.test(args[i + 1] ?? "") &&
    !takesShellOperand(name)
  );
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
    .replace(/:{1,16}$/, "");
  const last = key.slice(Math.max(key.lastIndexOf(":"), key.lastIndexOf("."), -1) + 1).toLowerCase();
  let value = arg.slice(equals + 1);
  if (/^(?:exec|system|shell|cmd)=/.test(value)) value = value.slice(value.indexOf("=") + 1);
  else if (!runningOption.test(last) && !runningOption.test(key.toLowerCase())) return false;
  const text = value.replace(/^\s*;/, "").replace(/^[\w.-]*:\s*[-@]?/, "");
  return startsBareShell(text) || startsBareShell(value.replace(/^!/, ""));
}

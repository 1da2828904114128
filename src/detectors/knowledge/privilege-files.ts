/** Files that are given root's power: SUID bits, capabilities, kernel modules, immutability. */
import { type Command, resolvePath } from "./command.ts";
import { interpreterFamily, isShell } from "./interpreters.ts";
import { basename, hiddenPath, inTemporaryDirectory } from "./paths.ts";
import { persistentPlace } from "./persistence.ts";

/** Programs that hand out everything once they are SUID (GTFOBins, "SUID"); sudo, su, mount and ping carry it by design. */
const dangerous = new Set(
  "find vim vi vim.basic vim.tiny nano emacs less more man awk gawk mawk env nmap cp mv dd tee tar zip rsync docker gdb make xxd base64 cat sed git socat nc ncat busybox flock nice ionice stdbuf strace taskset time timeout watch xargs start-stop-daemon openssl curl wget systemctl".split(
    " ",
  ),
);

/** Why this command plants a way to root; undefined when it does not. */
export function plantsPrivilege(command: Command): string | undefined {
  switch (command.name) {
    case "chmod":
      return chmod(command);
    case "install":
      return install(command);
    case "setcap":
      return setcap(command);
    case "insmod":
      return kernelModule(command);
    case "chattr":
      return immutable(command);
    default:
      return undefined;
  }
}

/** Does a symbolic or octal mode set the set-user-id bit? chmod(1). */
function setsUserId(mode: string): boolean {
  if (/^[0-7]{4,5}$/.test(mode)) return (Number.parseInt(mode, 8) & 0o4000) !== 0;
  return (
    mode.length < 64 &&
    mode
      .split(",")
      .some(
        (part) => /^(?:[goa]*u[ugoa]*|a|)[+=][rwxXt]*s/.test(part) || /^[ugoa]{0,8}u[ugoa]{0,8}=[rwxX]*s/.test(part),
      )
  );
}

function powerful(path: string): boolean {
  const name = basename(path);
  return (
    inTemporaryDirectory(path) ||
    hiddenPath(path) ||
    isShell(name) ||
    interpreterFamily(name) !== undefined ||
    dangerous.has(name)
  );
}

function chmod(command: Command): string | undefined {
  const operands = command.args.filter((arg) => !/^-(?:-|[cfvRh]+$)/.test(arg));
  const [mode, ...files] = operands;
  if (mode === undefined || !setsUserId(mode)) return undefined;
  const file = files.map((name) => resolvePath(command, name)).find(powerful);
  return file && `${file} is made set-user-id`;
}

function install(command: Command): string | undefined {
  const at = command.args.findIndex((arg) => arg === "-m" || arg.startsWith("--mode=") || /^-m\d/.test(arg));
  if (at < 0) return undefined;
  const arg = command.args[at] as string;
  const mode = arg === "-m" ? (command.args[at + 1] ?? "") : arg.replace(/^(?:--mode=|-m)/, "");
  const target = command.args.at(-1);
  const shell = command.args.some((word) => word.includes("/") && isShell(basename(word)));
  if (!setsUserId(mode) || target === undefined) return undefined;
  return shell || powerful(resolvePath(command, target))
    ? `${resolvePath(command, target)} is installed set-user-id`
    : undefined;
}

function setcap(command: Command): string | undefined {
  const capability = command.args.find((arg) =>
    /cap_(?:setuid|setgid|dac_override|dac_read_search|sys_admin|sys_ptrace|sys_module|all)|^(?:all)?=e/i.test(arg),
  );
  const file = command.args.at(-1);
  return capability && file && powerful(resolvePath(command, file))
    ? `${resolvePath(command, file)} is given ${capability.slice(0, 64)}`
    : undefined;
}

function kernelModule(command: Command): string | undefined {
  const file = command.args.find((arg) => !arg.startsWith("-"));
  const path = file && resolvePath(command, file);
  return path && (inTemporaryDirectory(path) || hiddenPath(path)) ? `the kernel module ${path} is loaded` : undefined;
}

/** `chattr +i` on a key file, a cron entry or something hidden: a foothold nailed down. */
function immutable(command: Command): string | undefined {
  if (!command.args.some((arg) => /^\+[a-zA-Z]*[ia]/.test(arg))) return undefined;
  const file = command.args
    .filter((arg) => !/^[-+=]/.test(arg))
    .map((arg) => resolvePath(command, arg))
    .find((path) => {
      const place = persistentPlace(path);
      return place === "keys" || place === "cron" || place === "preload" || inTemporaryDirectory(path);
    });
  return file && `${file} is made immutable`;
}

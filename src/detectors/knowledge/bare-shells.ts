/** What a bare shell is: one with nothing to run but its user, started by words, by text, or by another language's code. */
import { type Command, commandLine } from "./command.ts";
import { isShell, shellCall, systemCalls } from "./interpreters.ts";
import { basename } from "./paths.ts";

/** A shell by its full path, and nothing else. */
export const shellPath = /^\/(?:usr\/)?bin\/(?:ba|da|z|k|a)?sh$/;

/** A shell with nothing to run but its user: no script, no `-c` (or `-c` that itself only starts a shell). */
export function bareShell(command: Command): boolean {
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
export function startsBareShell(text: string, depth = 0): boolean {
  if (text.length > 512 || depth > 2 || !text.includes("sh")) return false;
  const { commands } = commandLine({ pid: 0, ppid: 0, exe: "/bin/sh", argv: ["sh", "-c", text] });
  if (commands.length > 8) return false;
  return commands.some((command, i) => i > 0 && command.depth < 3 && isShell(command.name) && bareShell(command));
}

/**
 * A shell whose streams are plugged back into the terminal: `sh 0<&2 1>&2`, `sh 1>&0`, `sh <$(tty) >$(tty)`. Only a shell
 * started where its streams belong to another program needs it. Descriptors above 2 are a network's.
 */
const plugged =
  /(?:^|[\s"'`;|(/,=])(?:ba|da|z|k|a)?sh(?:\s{1,4}-[ips])?\s{0,4}(?:0?<\s?(?:&[012]\b|\$\(tty\))|[012]?>\s?(?:&0\b|\$\(tty\))|<\s?\/dev\/tty\s{1,4}>)/;

export function plugsTerminal(text: string): boolean {
  if (!text.includes("sh")) return false;
  if (!text.includes("<&") && !text.includes(">&0") && !text.includes("$(tty)") && !text.includes("/dev/tty"))
    return false;
  return plugged.test(text.length > 8192 ? text.slice(0, 8192) : text) && !/\/dev\/(?:tcp|udp)\//.test(text);
}

/**
 * A call by a name that says so (`callCommand "/bin/sh"`, `.shell /bin/sh`, `write18{/bin/sh}`, `execute={/bin/sh,`). A
 * list goes on behind the shell (`["sh", "-c", "..."]`) and is read word by word below.
 */
const called =
  /(?:(?:spawn|exec|system|popen|passthru|\.shell|\(shell|:term)\w{0,16}(?:[\s("'`{[,]{1,6}|=\{|\s=\s)|(?:run|call|write18|\bterm|\bos|%x)\w{0,16}\s?[("'`{[][\s("'`{[]{0,4}|(?:process|start|command)\w{0,8}\s?[("][\s"'`]{0,2})(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k|a)?sh(?:\s{1,4}-[ips]+)?\s{0,4}(?:&\s{0,4})?(?:$|["'](?!\s?,\s?\[?\s?["'](?![rw]b?["']))|[`;)}\]#|]|\d?[<>])/i;

/** Code that calls the system with a bare shell. */
export function callsShell(code: string): boolean {
  if (!code.includes("sh")) return false;
  if (called.test(code) || plugsTerminal(code)) return true;
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

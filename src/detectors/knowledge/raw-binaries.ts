/** Machine code spelled out in arguments: loaders of bots write a program to disk with `echo -ne '\x7fELF...'`. */
import type { Command } from "./command.ts";
import { stdoutFile } from "./fetchers.ts";
import { isShell, shellCall } from "./interpreters.ts";

/**
 * Spellings of the ELF magic 7f 45 4c 46 (ELF specification, e_ident): hex and octal escapes with any number of
 * backslashes, plain or mixed with letters.
 */
const escaped =
  /\\{1,4}(?:x7f|0?177)(?:E|\\{1,4}x45|\\{1,4}0?105)(?:L|\\{1,4}x4c|\\{1,4}0?114)(?:F|\\{1,4}x46|\\{1,4}0?106)/i;
const plainHex = /(?:^|[^0-9a-f])7f(?:[\s,:]|0x|\\x)?454c46(?:0[12]){2}|0x7f,\s?0x45,\s?0x4c,\s?0x46/i;
/** base64 of 7f 45 4c 46 01|02 01. */
const base64 = /(?:^|[^A-Za-z0-9+/])f0VMR[gQ](?:EB|IB)[A-Za-z0-9+/]/;

const readers = new Set("grep egrep fgrep zgrep rg yara strings readelf objdump file hexdump sed man awk".split(" "));
const writers = new Set(["echo", "printf", "/bin/echo"]);

/** Says what was spelled out, or undefined. Length alone is never a reason. */
export function rawBinary(command: Command): string | undefined {
  // The text of `sh -c` is judged command by command.
  if (readers.has(command.name) || (isShell(command.name) && shellCall(command.args).script !== undefined))
    return undefined;
  const here = command.redirections.filter((r) => r.operator.startsWith("<<")).map((r) => r.target);
  for (const arg of [...command.args, ...here]) {
    if (arg.length < 6) continue;
    if (arg.includes("\\") && escaped.test(arg)) return "an ELF header in escapes";
    if (arg.includes("7f") && plainHex.test(arg)) return "an ELF header in hex";
    if (arg.includes("7F") && plainHex.test(arg)) return "an ELF header in hex";
    if (arg.includes("f0VMR") && base64.test(arg)) return "an ELF header in base64";
    if (arg.includes("\x7fELF")) return "a raw ELF header";
  }
  return writers.has(command.name) && stdoutFile(command) !== undefined ? chunk(command.args) : undefined;
}

/** A further piece of such a program: at least 16 escaped bytes without readable text, written to a file. */
function chunk(args: readonly string[]): string | undefined {
  for (const arg of args) {
    if (arg.length < 48 || !/\\{1,4}x[0-9a-f]{2}/i.test(arg)) continue;
    const bytes = arg.slice(0, 8192).match(/\\{1,4}x[0-9a-f]{2}/gi) ?? [];
    const binary = bytes.filter((byte) => {
      const value = Number.parseInt(byte.slice(-2), 16);
      return value < 32 || value > 126;
    });
    const spelled = bytes.reduce((n, byte) => n + byte.length, 0);
    if (bytes.length >= 16 && binary.length * 3 >= bytes.length && spelled * 5 >= arg.length * 4)
      return "raw bytes in hex escapes";
  }
  return undefined;
}

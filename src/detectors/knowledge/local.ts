import type { Command, CommandLine } from "./command.ts";

/** The commands of a line that run on this host: without those handed to ssh, `docker exec`, `kubectl exec`. */
export function localCommands({ commands }: CommandLine): readonly Command[] {
  const away = new Set<Command>();
  return commands.filter((command) => {
    const holder = commands[command.holder];
    if (command.via !== "remote" && !(holder && away.has(holder))) return true;
    away.add(command);
    return false;
  });
}

/** The command as one short line, the same whether seen inside a script or by itself: what repeats are folded by. */
export function deed({ name, args }: Command): string {
  return [name, ...args].join(" ").slice(0, 200);
}

/** The words that a loop gives this variable (`for f in /a /b; do rm $f`), or the path itself when it is none. */
export function loopValues({ script }: CommandLine, path: string): readonly string[] {
  const name = /^\$\{?([A-Za-z_]\w{0,63})\}?$/.exec(path)?.[1];
  if (name === undefined || script === undefined) return [path];
  const text = script.slice(0, 16_384);
  const words = new RegExp(`(?:^|[\\s;&|(])for\\s{1,8}${name}\\s{1,8}in\\s{1,8}([^;\\n]{1,4096})`).exec(text)?.[1];
  return words === undefined ? [path] : words.split(/\s+/, 256);
}

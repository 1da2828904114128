import type { Command } from "./command.ts";

/** Verbs that remove packages, by tool: apt(8), dpkg(1), dnf(8), rpm(8), zypper(8), apk(8), pacman(8), opkg, snap. */
const verbs = new Map<string, RegExp>([
  ["apt", /^(?:remove|purge|autoremove|autopurge)$/],
  ["apt-get", /^(?:remove|purge|autoremove)$/],
  ["aptitude", /^(?:remove|purge)$/],
  ["dpkg", /^(?:-r|-P|--remove|--purge)$/],
  ["yum", /^(?:remove|erase|autoremove)$/],
  ["dnf", /^(?:remove|erase|autoremove)$/],
  ["microdnf", /^remove$/],
  ["rpm", /^(?:-e|--erase|-ev|-ve|-evh)$/],
  ["zypper", /^(?:rm|remove)$/],
  ["apk", /^del$/],
  ["pacman", /^-R[a-z]*$/],
  ["opkg", /^remove$/],
  ["snap", /^remove$/],
]);

/** Names of the packages that a command removes; empty for any other command. */
export function removedPackages({ name, args }: Command): readonly string[] {
  const verb = verbs.get(name);
  const at = verb ? args.findIndex((arg) => verb.test(arg)) : -1;
  if (at < 0 || args.some((arg) => arg === "-s" || arg === "--simulate" || arg === "--dry-run")) return [];
  return args.slice(at + 1, at + 65).filter((arg) => !arg.startsWith("-"));
}

import type { CommandLine } from "./command.ts";

/**
 * Does this script install or clean packages too? Image recipes end so (`apt-get install ... && rm -rf /var/log/*`):
 * what they delete is a layer's litter.
 */
export function trimsImage({ commands }: CommandLine): boolean {
  return commands.some(
    ({ name, args }) =>
      /^(?:apt|apt-get|yum|dnf|microdnf|apk|zypper|pacman|tdnf)$/.test(name) &&
      args.some((arg) => /^(?:install|clean|autoclean|autoremove|add|update|upgrade|-S\w*|in)$/.test(arg)),
  );
}

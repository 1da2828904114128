/** Hosts that a command fetches from other than by URL: git over ssh, registries of images, tftp, package indexes. */
import type { Command } from "./command.ts";

/** At most 16 hosts (`host` or `host:port`), as written. */
export function remoteHosts({ name, args }: Command): readonly string[] {
  switch (name) {
    case "git":
    case "hg":
    case "svn":
      return args
        .flatMap(
          (arg) =>
            /^(?:[\w.-]{1,64}@)?([\w-]{1,63}(?:\.[\w-]{1,63}){1,8}):[^/\\][^:]*$/.exec(arg.slice(0, 512))?.[1] ?? [],
        )
        .slice(0, 16);
    case "docker":
    case "podman":
    case "nerdctl":
    case "crictl":
    case "skopeo":
      return args.flatMap(registry).slice(0, 16);
    case "tftp":
    case "atftp":
    case "ftp":
    case "ftpget":
      return args
        .filter((arg) => /^[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?::\d{1,5})?$/.test(arg.slice(0, 300)))
        .slice(0, 16);
    case "scp":
    case "rsync":
    case "sftp":
      return args
        .flatMap((arg) => /^(?:[\w.-]{1,64}@)?([\w.-]{1,253}):/.exec(arg.slice(0, 512))?.[1] ?? [])
        .slice(0, 16);
    default:
      return [];
  }
}

/** `registry.example:5000/name:tag` has a registry where the first part has a dot or a port. */
function registry(arg: string): readonly string[] {
  const found = /^(?:docker:\/\/)?([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}(?::\d{1,5})?)\/[\w./-]+/.exec(
    arg.slice(0, 512),
  );
  return found?.[1] ? [found[1]] : [];
}

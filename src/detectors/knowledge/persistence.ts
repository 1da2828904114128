/**
 * Places from which code runs again by itself, and what makes an entry there a way back in. Paths: crontab(5), cron(8),
 * systemd.unit(5), bash(1), ld.so(8), pam.d(5), sshd(8), udev(7), update-motd(5), XDG autostart specification.
 */
import { commandLine } from "./command.ts";
import { downloadRun } from "./download-runs.ts";
import { executedFile } from "./executions.ts";
import { networkShell } from "./network-shells.ts";
import { basename, dirname, hiddenPath, inTemporaryDirectory } from "./paths.ts";
import { allFromPublishers } from "./publishers.ts";
import type { Written } from "./written-text.ts";

export type Place = "cron" | "startup" | "unit" | "keys" | "preload" | "pam" | "udev" | "inetd";

const startupNames = new Set(
  "rc.local rc.sysinit inittab profile environment bash.bashrc bashrc .bashrc .bash_profile .bash_login .profile .bash_logout .zshrc .zshenv .zprofile zshrc zshenv .kshrc .xinitrc .xsession".split(
    " ",
  ),
);

/** What kind of lasting place a path is. */
export function persistentPlace(path: string): Place | undefined {
  const name = basename(path);
  if (path === "/etc/ld.so.preload") return "preload";
  if (name === "authorized_keys" || name === "authorized_keys2") return "keys";
  if (path.startsWith("/etc/cron") || path.startsWith("/var/spool/cron") || path.startsWith("/var/cron/"))
    return "cron";
  if (
    path.startsWith("/etc/pam.d/") ||
    path === "/etc/pam.conf" ||
    (name.startsWith("pam_") && path.includes("/security/"))
  )
    return "pam";
  if (/\/systemd\/(?:system|user)\//.test(path) && /\.(?:service|timer|path|socket|conf)$/.test(name)) return "unit";
  if (path.startsWith("/etc/udev/rules.d/") || path.startsWith("/lib/udev/rules.d/")) return "udev";
  if (path === "/etc/inetd.conf" || path.startsWith("/etc/xinetd.d/")) return "inetd";
  if (startupNames.has(name) && (path.startsWith("/etc/") || name.startsWith("."))) return "startup";
  if (
    /^\/etc\/(?:init\.d|rc\d?\.d|rc\.d|profile\.d|update-motd\.d|init|X11\/Xsession\.d|network\/if-up\.d|NetworkManager\/dispatcher\.d)\//.test(
      path,
    )
  )
    return "startup";
  return path.includes("/autostart/") && name.endsWith(".desktop") ? "startup" : undefined;
}

export interface Persistence {
  readonly reason: string;
  readonly low?: boolean;
}

/** Judges what is written to a lasting place. */
export function persistence(written: Written): Persistence | undefined {
  const place = persistentPlace(written.path);
  if (!place) return undefined;
  if (place === "preload") return { reason: `a library is preloaded into every program by ${written.path}` };
  if (place === "keys") return keys(written);
  if (place === "pam") return pam(written);
  if (written.urls.length > 0) {
    if (place === "startup" && !written.path.startsWith("/etc/rc")) return undefined;
    return { reason: `${written.path} is filled from the network`, low: allFromPublishers(written.urls) };
  }
  if (place === "inetd")
    return /\/(?:ba|da|z)?sh\b.{0,256}\b(?:sh|-i)\b/.test(written.text.slice(0, 1024))
      ? { reason: `inetd serves a shell by ${written.path}` }
      : undefined;
  const personal = basename(written.path).startsWith(".");
  const why = runsBadly(scriptOf(place, written.text), personal);
  return why ? { reason: `${written.path} will run ${why}` } : undefined;
}

/** A key spelled out on the line, or fetched, is how intruders stay; a key copied from a file is how admins work. */
function keys({ path, text, urls, replaces }: Written): Persistence | undefined {
  const literal = /(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\w+|sk-\w+@openssh\.com)\s+AAAA/.test(text);
  if (!literal && urls.length === 0 && !replaces) return undefined;
  return {
    reason: `a key is written to ${path}`,
    low: !literal && (urls.length === 0 || urls.every((url) => url.startsWith("https://"))),
  };
}

function pam({ path, text, sources }: Written): Persistence | undefined {
  if (/pam_exec\.so|sufficient\s+pam_permit\.so/.test(text))
    return { reason: `${path} lets a program or everyone into logins` };
  if (
    /(?:auth|session|account|password)\s+(?:sufficient|optional|required|requisite|\[)/.test(text) &&
    /\/(?:tmp|var\/tmp|dev\/shm)\/|\/\./.test(text)
  )
    return { reason: `${path} loads a module from a temporary place` };
  const module = sources.find((source) => inTemporaryDirectory(source) || hiddenPath(source));
  return module && path.endsWith(".so") ? { reason: `${module} becomes the login module ${path}` } : undefined;
}

/** The commands inside an entry. */
function scriptOf(place: Place, text: string): readonly string[] {
  const lines = text.split(/\r?\n|\\n/, 64).map((line) => line.trim());
  if (place === "cron") return [...lines.flatMap(cronCommand), ...(text.startsWith("#!") ? [text] : [])];
  if (place === "unit" || place === "udev") {
    return lines.flatMap((line) => {
      const found =
        /^Exec\w{1,32}=[-@:+!]{0,8}(.*)$/.exec(line)?.[1] ?? /(?:RUN|PROGRAM)\+?="([^"]{1,1024})"/.exec(line)?.[1];
      return found ? [found] : [];
    });
  }
  return [lines.map((line) => line.replace(/^Exec=/, "")).join("\n")];
}

/** Command of a crontab line, with and without the user column of /etc/crontab. */
function cronCommand(line: string): readonly string[] {
  if (line === "" || line.startsWith("#")) return [];
  const words = line.split(/\s+/, 512);
  const skip = words[0]?.startsWith("@") ? 1 : 5;
  if (skip === 5 && !words.slice(0, 5).every((word) => /^[\d*/,\-A-Za-z]{1,32}$/.test(word) && /[\d*]/.test(word)))
    return [];
  const rest = words.slice(skip);
  return rest.length > 1 && /^[a-z_][\w-]{0,31}$/.test(rest[0] ?? "")
    ? [rest.join(" "), rest.slice(1).join(" ")]
    : [rest.join(" ")];
}

/** Why text that runs again and again looks like a way back in. A person's own dot file may use hidden directories. */
function runsBadly(scripts: readonly string[], personal: boolean): string | undefined {
  for (const script of scripts) {
    if (script.length < 3) continue;
    const line = commandLine({
      pid: 0,
      ppid: 0,
      exe: "/bin/sh",
      argv: ["sh", "-c", script.slice(0, 8192)],
      cwd: "/",
      uid: 0,
    });
    const shell = networkShell(line);
    if (shell) return shell.reason;
    const download = downloadRun(line);
    if (download && !allFromPublishers(download.urls))
      return `a download from ${(download.urls[0] ?? "the network").slice(0, 128)}`;
    for (const command of line.commands.slice(1)) {
      const file = executedFile(command);
      if (file?.startsWith("/") && suspiciousPlace(file, personal)) return file.slice(0, 256);
      if (command.assignments.some(([name, value]) => name === "LD_PRELOAD" && suspiciousPlace(value, personal)))
        return "programs with a preloaded library";
    }
  }
  return undefined;
}

/** Nothing that lasts is installed in temporary or hidden directories, or straight in /etc or at the root. */
function suspiciousPlace(path: string, personal: boolean): boolean {
  if (personal) return inTemporaryDirectory(path);
  const home = /^\/(?:root|home\/[^/]+)\/\.(?:local|config|cargo|nvm|acme\.sh|npm|pyenv|rbenv|dotnet|venv)\//.test(
    path,
  );
  return inTemporaryDirectory(path) || (hiddenPath(path) && !home) || dirname(path) === "/etc";
}

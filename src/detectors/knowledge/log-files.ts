/**
 * The logs that tell what happened on a host, by path: syslog's files (Debian, Red Hat, SUSE, Alpine, macOS names),
 * login records (utmp(5), lastlog(8), faillog(5), btmp), audit, journal. Paths as in FHS 3.0 and each daemon's defaults.
 */
import { basename, dirname, normalise } from "./paths.ts";

/** How much a path tells: `system` logs are evidence, `other` is any other file in a log directory. */
export type LogKind = "system" | "whole" | "journal" | "mail" | "other";

const roots = ["/var/log", "/var/adm", "/private/var/log"];

const named =
  /^(?:syslog|messages|secure|security|auth(?:\.log)?|authlog|kern(?:\.log)?|daemon(?:\.log)?|user(?:\.log)?|debug(?:\.log)?|boot(?:\.log|\.msg)?|dmesg|mail(?:\.(?:log|err|info|warn))?|maillog|cron(?:\.log)?|lastlog2?(?:\.db)?|[wbu]tmpx?|wtmp\.db|faillog|tallylog|sudo(?:\.log)?|spooler|xferlog|system\.log|install\.log|lpr\.log|news|warn|localmessages|firewall|ufw\.log|iptables\.log|pwdfail|sulog|vsftpd\.log|fail2ban\.log|audit(?:\.log)?|everything(?:\.log)?|loginlog|acct|pacct|asl)$/;

/** Login records outside /var/log. */
const elsewhere = new Set([
  "/run/utmp",
  "/var/run/utmp",
  "/etc/utmp",
  "/etc/wtmp",
  "/var/account/pacct",
  "/private/var/audit",
]);

/** `x.1`, `x.gz`, `x-20240101`, `x.old`: the copies that rotation leaves. */
export function isRotated(path: string): boolean {
  const name = basename(path);
  return /(?:\.\d{1,3}|[.-]\d{8}|[.-]\d{4}-\d{2}-\d{2})(?:\.(?:gz|xz|bz2|zst|log))?$|\.(?:gz|xz|bz2|zst|old|bak|[0-9])$/.test(
    name,
  );
}

/** Which log a path (or shell pattern) names; undefined for no log and for rotated copies. */
export function logKind(given: string): LogKind | undefined {
  const path = normalise(given);
  if (elsewhere.has(path) || path.startsWith("/private/var/audit/")) return "system";
  if (/^\/(?:var|run)\/log\/journal(?:\/|$)/.test(path)) return "journal";
  if (/^\/var\/(?:spool\/mail|mail)\/[^/]+$/.test(path)) return "mail";
  const root = roots.find((dir) => path === dir || path.startsWith(`${dir}/`));
  if (root === undefined) return undefined;
  const rest = path.slice(root.length + 1);
  if (rest === "" || isEverything(rest)) return "whole";
  if (isRotated(path)) return undefined;
  return isSystemLog(rest) ? "system" : "other";
}

/** `*`, `*.log`, `*log*`, `.` and the like: the directory's files at large. */
function isEverything(rest: string): boolean {
  return !rest.includes("/") && /^[*?.]*(?:log)?\*?$/.test(rest) && /[*?]/.test(rest);
}

function isSystemLog(rest: string): boolean {
  const first = rest.split("/", 1)[0] as string;
  if (first === "audit") return true;
  const depth = rest.split("/").length;
  if (depth === 1) return named.test(first.replace(/[*?]{1,64}$/, "").replace(/\.$/, ""));
  if (/^(?:httpd|apache2?|nginx|lighttpd|samba|cups|mail|asl)$/.test(first)) {
    return depth === 2 && /^(?:(?:access|error)[_.]?log|[*?]+|(?:access|error)[*?]+|\*[_.]?log)$/.test(basename(rest));
  }
  return dirname(rest) === "syslog-ng" || dirname(rest) === "remote";
}

/** Programs that rotate and clean logs, and start others to do it. */
export const logRotators = new Set(
  "logrotate savelog systemd-tmpfiles svlogd multilog newsyslog tmpreaper tmpwatch sa1 sa2 sadc dracut".split(" "),
);

/**
 * Programs that write and renew logs themselves. Only their own acts count: sshd, login and cron stand above every
 * session and job, an intruder's too.
 */
export const logWriters = new Set(
  "systemd-journald journald rsyslogd syslogd syslog-ng metalog busybox-syslogd auditd login sshd sshd-session agetty mingetty getty systemd-update-utmp systemd systemd-logind utmpd cron crond lightdm gdm sddm dockerd containerd wtmpdb lastlog2 pam_tally2 faillock".split(
    " ",
  ),
);

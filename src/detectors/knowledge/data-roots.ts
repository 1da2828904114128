/** The directories whose loss is the loss of the host or of its data (FHS 3.0, hier(7), common web servers). */
import { normalise } from "./paths.ts";

/** `all` the root itself; `system`, `home`, `web`, `data`; `minor`: one site, mount or database, often by intent. */
export type DataRoot = "all" | "system" | "home" | "web" | "data" | "minor";

const system = new Set(
  "/bin /boot /etc /lib /lib32 /lib64 /libx32 /opt /sbin /sys /proc /dev /usr /var /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/local /usr/share /usr/include /var/lib /var/spool /var/mail /var/db /lib/modules /usr/local/bin /usr/local/lib /etc/ssh /etc/ssl /etc/init.d /etc/systemd".split(
    " ",
  ),
);
const homes = new Set(["/home", "/root", "/export/home", "/Users"]);
const data = new Set([
  "/srv",
  "/data",
  "/mnt",
  "/media",
  "/storage",

  "/mnt/data",
  "/export",
]);
const web = new Set([
  "/var/www",
  "/var/www/html",
  "/var/www/htdocs",
  "/var/www/vhosts",
  "/srv/www",
  "/srv/http",
  "/home/wwwroot",
  "/www",
  "/www/wwwroot",
  "/srv/www/htdocs",
  "/usr/local/apache2/htdocs",
  "/usr/local/www",
]);
const minor =
  /^(?:\/usr\/share\/nginx\/html|\/var\/lib\/(?:mysql|postgresql|mongodb|docker|containerd|redis|influxdb|rancher|kubelet|aziot)|\/mnt\/[^/]+|\/media\/[^/]+|\/srv\/[^/]+|\/data\/[^/]+|\/etc\/(?:ssh|ssl|systemd|init\.d))$/;

/** Which root a recursive deletion of this path (or pattern: `/home/*`) empties; undefined for anything deeper. */
export function dataRoot(given: string): DataRoot | undefined {
  const path = normalise(given).replace(/^\/+/, "/");
  const whole = /^(.*)\/(?:\*|\.\*|\.\[!?[^/\]]{1,4}\]\*|\.|\{\*,\.\*\}|\?\*|\*\.\*|\.\?\*)$/.exec(path)?.[1];
  const directory = whole === "" ? "/" : (whole ?? path);
  if (directory === "/") return "all";
  if (/[*?[{$]/.test(directory)) return starred(directory);
  if (web.has(directory)) return "web";
  if (minor.test(directory)) return "minor";
  if (system.has(directory)) return "system";
  if (homes.has(directory) || /^\/(?:home|export\/home|Users)\/[^/.][^/]*$/.test(directory)) return "home";
  const site = /^\/(?:var\/www|srv\/www|home\/wwwroot|www\/wwwroot)\/([^/]+)$/.exec(directory)?.[1];
  if (site !== undefined) return /^\.?(?:cache|tmp|temp|logs?|sessions?)$/.test(site) ? undefined : "web";
  return /^\/home\/[^/]+\/(?:public_html|www)$/.test(directory) ? "web" : data.has(directory) ? "data" : undefined;
}

/** `/home/u*`, `/var/www/*.de`: a pattern for what lies directly in a root. */
function starred(directory: string): DataRoot | undefined {
  const parent = directory.slice(0, directory.lastIndexOf("/")) || "/";
  const last = directory.slice(directory.lastIndexOf("/") + 1);
  if (/[*?[{$]/.test(parent)) return undefined;
  const broad = last === "*" || last === "**";
  return broad && (homes.has(parent) || web.has(parent) || data.has(parent)) ? "data" : undefined;
}

/**
 * Paths as text: nothing here opens a file. Directory meanings follow the Filesystem Hierarchy Standard 3.0 and
 * hier(7).
 */

/** Resolves `.`, `..` and repeated slashes; keeps a relative path relative. At most 4096 characters (PATH_MAX). */
export function normalise(path: string): string {
  const text = path.length > 4096 ? path.slice(0, 4096) : path;
  if (!text.includes("//") && !text.includes("/.") && !text.startsWith("./") && !text.startsWith("..")) {
    return text.length > 1 && text.endsWith("/") ? text.slice(0, -1) : text;
  }
  const absolute = text.startsWith("/");
  const kept: string[] = [];
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!absolute) kept.push("..");
  }
  const joined = kept.join("/");
  return absolute ? `/${joined}` : joined || ".";
}

/** Last component, "" for a path ending in a slash. */
export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Everything before the last component; "/" for one at the root, "." for a bare name. */
export function dirname(path: string): string {
  const at = path.lastIndexOf("/");
  return at > 0 ? path.slice(0, at) : at === 0 ? "/" : ".";
}

/** Extension without its dot, lower-case; "" for none and for dot files. */
export function extension(path: string): string {
  const name = basename(path);
  const at = name.lastIndexOf(".");
  return at > 0 ? name.slice(at + 1).toLowerCase() : "";
}

const temporary = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/shm", "/var/run/shm", "/private/tmp"];

/** Is the path inside (or is it) a directory where everyone may write and nothing is installed? */
export function inTemporaryDirectory(path: string): boolean {
  if (!path.startsWith("/")) return false;
  return temporary.some((dir) => path.startsWith(dir) && (path.length === dir.length || path[dir.length] === "/"));
}

/** Does any component begin with a dot (`.`, `..` excepted)? */
export function hiddenPath(path: string): boolean {
  let at = path.startsWith(".") ? 0 : path.indexOf("/.") + 1;
  while (at > 0 || (at === 0 && path.startsWith("."))) {
    const next = path[at + 1];
    const parent = next === "." && (path[at + 2] === "/" || path[at + 2] === undefined);
    if (next !== undefined && next !== "/" && !parent) return true;
    const found = path.indexOf("/.", at);
    if (found < 0) return false;
    at = found + 1;
  }
  return false;
}

const binaries = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/snap/bin"];
const libraries = ["/usr/lib", "/usr/libexec", "/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/usr/share", "/snap"];

/** Is this file directly in a directory of PATH that only root may change? */
function inBinaryDirectory(path: string): boolean {
  return binaries.includes(dirname(path));
}

/** Is it in a place that packages fill and only root may change (binaries, libraries, share)? */
export function inSystemDirectory(path: string): boolean {
  return inBinaryDirectory(path) || libraries.some((dir) => path.startsWith(`${dir}/`));
}

const webRoots = [
  "/var/www",
  "/srv/www",
  "/srv/http",
  "/usr/share/nginx",
  "/usr/local/apache2/htdocs",
  "/usr/local/nginx/html",
  "/usr/local/www",
  "/var/lib/tomcat",
  "/opt/tomcat",
  "/opt/lampp/htdocs",
  "/home/wwwroot",
  "/www/wwwroot",
];

/** Is the path below a directory that web servers serve by default (also `~/public_html`, `.../htdocs/`)? */
export function inWebRoot(path: string): boolean {
  if (webRoots.some((root) => path.startsWith(root))) return true;
  return ["/public_html/", "/htdocs/", "/webapps/", "/wwwroot/"].some((part) => `${path}/`.includes(part));
}

/** Joins a path to a directory; `~` and `$HOME` become `home`. Unknown parts (`$X`) stay as they are. */
export function resolve(path: string, cwd: string, home?: string): string {
  let full = path;
  if (home !== undefined) {
    if (path === "~" || path.startsWith("~/")) full = home + path.slice(1);
    else if (path.startsWith("$HOME")) full = home + path.slice(5);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own syntax
    else if (path.startsWith("${HOME}")) full = home + path.slice(7);
  }
  if (full.startsWith("$PWD")) full = `.${full.slice(4)}`;
  if (full.startsWith("/") || full.startsWith("~") || full.startsWith("$") || cwd === "") return normalise(full);
  return normalise(cwd.endsWith("/") ? cwd + full : `${cwd}/${full}`);
}

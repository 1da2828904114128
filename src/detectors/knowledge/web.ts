/** Web servers, the accounts they run under, and the scripts they execute. */
import type { Ancestor, Process } from "../../events/fact.ts";
import { ancestors, schedulers, webServers } from "./ancestry.ts";
import { basename, extension, inSystemDirectory, inWebRoot } from "./paths.ts";

/** Service accounts of web servers: Debian, Red Hat, Arch, SUSE, Alpine, application servers. */
const accounts = new Set(
  "www-data apache apache2 http httpd nginx wwwrun www lighttpd caddy tomcat jetty wildfly litespeed nobody-web".split(
    " ",
  ),
);
/** Fixed uids where the name is not known: Debian and Arch 33, Red Hat 48. */
const uids = new Set([33, 48]);

function unversioned(name: string): string {
  return name.replace(/[\d.]{1,8}$/, "");
}

/** Is this executable (by path) a web server or a server-side interpreter of one? */
export function isWebServer(exe: string): boolean {
  const name = basename(exe);
  return webServers.has(name) || webServers.has(unversioned(name));
}

/** A java that carries a servlet container says so in its arguments. */
function servesPages({ exe, argv }: Ancestor): boolean {
  if (
    isWebServer(exe) &&
    (inSystemDirectory(exe) || exe.startsWith("/opt/") || exe.startsWith("/usr/local/") || exe.startsWith("/snap/"))
  )
    return true;
  if (basename(exe) !== "java") return false;
  return argv.some((arg) => /catalina|tomcat|jetty|jboss|wildfly|weblogic|websphere|glassfish/i.test(arg));
}

/** The web server above a process, at most `levels` up. */
export function webServerAbove(process: Process, levels = 4): Ancestor | undefined {
  return ancestors(process).slice(0, levels).find(servesPages);
}

/** A java that does not say what it serves; only what no application does is held against it. */
export function javaAbove(process: Process): Ancestor | undefined {
  const [parent, above] = ancestors(process);
  if (parent?.exe.endsWith("/java")) return parent;
  return above?.exe.endsWith("/java") ? above : undefined;
}

/**
 * Does the process run under a web server's service account, outside cron and any login? `named` asks the host's
 * account list.
 */
export function underWebAccount(process: Process, named: (uid: number) => string | undefined): boolean {
  const { uid, user, loginUid } = process;
  if (uid === undefined || uid === 0 || loginUid !== undefined) return false;
  const name = user ?? named(uid);
  if (name === undefined ? !uids.has(uid) : !accounts.has(name)) return false;
  return !ancestors(process).some(({ exe }) => schedulers.has(basename(exe)));
}

const scripts = new Set(
  "php php3 php4 php5 php7 php8 phtml phar pht jsp jspx jspf asp aspx ashx asmx cgi cfm shtml do war".split(" "),
);

/** Is this a file that a web server would execute, by its extension? */
export function isServerScript(path: string): boolean {
  return scripts.has(extension(path)) || (extension(path) === "pl" && (path.includes("/cgi-bin/") || inWebRoot(path)));
}

const sink =
  /\b(?:eval|system|passthru|shell_exec|exec|popen|proc_open|assert|create_function|pcntl_exec|preg_replace|call_user_func(?:_array)?|array_map|include|Runtime|ProcessBuilder|execute|WScript\.Shell|subprocess|os\.popen)\b|`\s*\$_/i;
const request =
  /\$_?\{?(?:_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)|HTTP_(?:GET|POST|RAW)\w*)|php:\/\/input|getallheaders|request\.getParameter|Request(?:\.(?:Item|Form|QueryString))?[[(]|QUERY_STRING|apache_request_headers/i;
const packed =
  /(?:eval|assert)\s*\(\s*(?:@\s*)?(?:base64_decode|gzinflate|gzuncompress|str_rot13|hex2bin|strrev)\s*\(/i;

/** Does this text hand what a request says to an interpreter or a shell, or unpack code to run it? */
export function isWebShellText(text: string): boolean {
  const bounded = text.slice(0, 32_768);
  return packed.test(bounded) || (sink.test(bounded) && request.test(bounded));
}

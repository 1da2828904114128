/** Addresses and hosts as text. Ranges: IANA special-purpose registries (RFC 6890), as `ipaddr.js` names them. */
import ipaddr from "ipaddr.js";

export type AddressClass = "loopback" | "private" | "link-local" | "multicast" | "unspecified" | "public";

const classes: Record<string, AddressClass> = {
  loopback: "loopback",
  private: "private",
  uniqueLocal: "private",
  carrierGradeNat: "private",
  deprecatedSiteLocal: "private",
  linkLocal: "link-local",
  multicast: "multicast",
  broadcast: "multicast",
  unspecified: "unspecified",
};

/**
 * Class of an IP address; undefined for text that is none. Short forms (`127.1`) are read as inet_aton(3) does.
 * Documentation, benchmark and reserved ranges count as public: logs of exercises use them.
 */
export function addressClass(text: string): AddressClass | undefined {
  if (text.length > 64 || !/^[0-9a-fA-FxX:.[\]%]+$/.test(text)) return undefined;
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const known = bare.includes(".") || bare.includes(":");
  if (!known || !ipaddr.isValid(bare)) return undefined;
  return classes[ipaddr.process(bare).range()] ?? "public";
}

/** Is this host this machine itself (`localhost`, 127/8, ::1, 0.0.0.0)? */
export function isLoopback(host: string): boolean {
  const lower = host.toLowerCase();
  if (lower === "localhost" || lower.endsWith(".localhost") || lower === "ip6-localhost") return true;
  const kind = addressClass(host);
  return kind === "loopback" || kind === "unspecified";
}

/** Is this a literal public address (not a name)? */
export function isPublicAddress(host: string): boolean {
  return addressClass(host) === "public";
}

export interface Url {
  /** Lower-case, without `://`; "" when the text had none. */
  readonly scheme: string;
  readonly host: string;
  readonly port?: number;
  /** Path without query and fragment, "/" when absent. */
  readonly path: string;
  readonly text: string;
}

const schemes = ["http", "https", "ftp", "ftps", "tftp", "sftp", "scp", "rsync", "file"];

/**
 * Reads a URL as download tools do: the scheme may be missing (`example.com/x`), user info is dropped, nothing is
 * decoded. Undefined for text without a plausible host. Linear, at most 2048 characters.
 */
export function parseUrl(text: string): Url | undefined {
  const url = text.length > 2048 ? text.slice(0, 2048) : text;
  const mark = url.indexOf("://");
  const scheme = mark > 0 && mark < 8 ? url.slice(0, mark).toLowerCase() : "";
  if (mark >= 0 && !schemes.includes(scheme)) return undefined;
  let end = mark >= 0 ? mark + 3 : 0;
  const start = end;
  while (end < url.length && !"/?#".includes(url[end] as string)) end++;
  const authority = url.slice(url.slice(start, end).lastIndexOf("@") + 1 + start, end);
  const { host, port } = splitPort(authority);
  if (!plausible(host, scheme)) return undefined;
  let stop = end;
  while (stop < url.length && url[stop] !== "?" && url[stop] !== "#") stop++;
  return { scheme, host: host.toLowerCase(), port, path: url.slice(end, stop) || "/", text: url };
}

function splitPort(authority: string): { readonly host: string; readonly port?: number } {
  const bracket = authority.startsWith("[") ? authority.indexOf("]") : -1;
  if (bracket > 0) {
    const port = Number(authority.slice(bracket + 2));
    return { host: authority.slice(1, bracket), port: port > 0 && port < 65536 ? port : undefined };
  }
  const colon = authority.lastIndexOf(":");
  if (colon < 0) return { host: authority };
  const port = Number(authority.slice(colon + 1));
  return { host: authority.slice(0, colon), port: port > 0 && port < 65536 ? port : undefined };
}

/** A name with a dot, an address, or (with a scheme) any name or variable. */
function plausible(host: string, scheme: string): boolean {
  if (host === "" || host.length > 253) return false;
  if (scheme) return /^[\w.\-:%${}*()]+$/.test(host);
  return /^[\w-]+(\.[\w-]+)+$/.test(host) || host.toLowerCase() === "localhost";
}

/** URLs with a scheme anywhere in a text, at most 16, each ended by white space, quotes or shell punctuation. */
export function urlsIn(text: string): readonly Url[] {
  const found: Url[] = [];
  let at = text.indexOf("://");
  while (at >= 0 && found.length < 16) {
    let start = at;
    while (start > 0 && at - start < 8 && /[a-zA-Z]/.test(text[start - 1] as string)) start--;
    let end = at + 3;
    while (end < text.length && end - at < 2048 && !" \t\n\"'`<>|;()[],\\".includes(text[end] as string)) end++;
    const url = parseUrl(text.slice(start, end));
    if (url) found.push(url);
    at = text.indexOf("://", end);
  }
  return found;
}

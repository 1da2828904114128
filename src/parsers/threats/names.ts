/** Domains, URLs and images as lists write them, in the one spelling by which they are compared. */
import { parsedUrl } from "../../operators/parsed-url.ts";

/** Longest entry looked at; the longest legal URL in practice is shorter, and a longer line is not an entry. */
export const maxEntry = 2048;

/** Lower case, no trailing dot; undefined when it is no name with at least one dot (a bare `com` would hit the world). */
export function normalDomain(name: string): string | undefined {
  const text = (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
  if (text.length > 253 || !text.includes(".")) return undefined;
  return /^[a-z0-9_][a-z0-9._-]*[a-z0-9]$/.test(text) && !text.includes("..") ? text : undefined;
}

/** The listed name that `name` is or lies below. */
export function domainOf(domains: ReadonlySet<string>, name: string): string | undefined {
  if (domains.size === 0) return undefined;
  let text = normalDomain(name);
  while (text?.includes(".")) {
    if (domains.has(text)) return text;
    text = text.slice(text.indexOf(".") + 1);
  }
  return undefined;
}

/** host[:port]/path?query, without scheme and fragment; undefined when it does not parse. */
export function urlKey(url: string): string | undefined {
  const parsed = parsedUrl(url);
  if (!parsed || parsed.hostname === "") return undefined;
  const path = parsed.pathname === "/" ? "" : parsed.pathname;
  return `${parsed.host}${path}${parsed.search}`;
}

/** The listed URL, address or domain that a URL hits. */
export function urlOf(
  url: string,
  urls: ReadonlySet<string>,
  domains: ReadonlySet<string>,
  address: (ip: string) => string | undefined,
): string | undefined {
  const full = url.includes("://") ? url : `http://${url}`;
  const key = full.length > 4 * maxEntry ? undefined : urlKey(full);
  if (key === undefined) return undefined;
  if (urls.has(key)) return key;
  const host = (parsedUrl(full)?.hostname ?? "").replace(/^\[|\]$/g, "");
  // A bare `http://host` on a list means the whole host.
  if (urls.has(host)) return host;
  return address(host) ?? domainOf(domains, host);
}

/** An image as lists name it, lower case; undefined when it is none. */
export function normalImage(entry: string): string | undefined {
  const name = entry.trim().toLowerCase();
  return /^[a-z0-9][a-z0-9._/:@-]*$/.test(name) ? name : undefined;
}

/** The ways in which a list may name an image: as given, without digest, without tag, without Docker Hub's prefix. */
export function imageNames(reference: string): string[] {
  const name = reference.toLowerCase().slice(0, 512);
  const noDigest = name.split("@", 1)[0] as string;
  const colon = noDigest.indexOf(":", noDigest.lastIndexOf("/") + 1);
  const noTag = colon < 0 ? noDigest : noDigest.slice(0, colon);
  const bare = [name, noDigest, noTag];
  return [
    ...bare,
    ...bare.map((n) => n.replace(/^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io)\/(?:library\/)?/, "")),
  ];
}

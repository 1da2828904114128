import ipaddr from "ipaddr.js";
import { ipv4ToNumber, numberToIpv4 } from "./ipv4.ts";

/** One list, ready to be asked: IPv4 as sorted numbers, so that a million of them cost 4 MB. */
export interface ThreatList {
  readonly name: string;
  readonly size: number;
  /** Each answers with the entry that was hit. */
  address(ip: string): string | undefined;
  domain(name: string): string | undefined;
  url(url: string): string | undefined;
  image(reference: string): string | undefined;
}

export interface ThreatListResult {
  readonly list: ThreatList;
  /** Lines that were neither entry, comment nor empty: count, and the first with its line number. */
  readonly rejected: number;
  readonly firstRejected?: { readonly line: number; readonly text: string };
}

export interface ListFormat {
  readonly format: "plain" | "hosts" | "csv";
  /** From 1, for csv. */
  readonly column: number;
}

const plain: ListFormat = { format: "plain", column: 1 };
/** Longest entry looked at; the longest legal URL in practice is shorter, and a longer line is not an entry. */
const maxEntry = 2048;
/** Names of the local machine, which hosts files map on purpose. */
const localNames = new Set([
  "localhost",
  "localhost.localdomain",
  "local",
  "broadcasthost",
  "ip6-localhost",
  "ip6-loopback",
  "0.0.0.0",
]);

/**
 * Reads a threat list: addresses, CIDR ranges, domains, URLs and container images, one a line, in the common public
 * formats: plain (`#` and `;` comments, text after white space ignored), hosts file (`0.0.0.0 bad.example`), CSV with
 * a column, quoted or not. Never throws; linear in the text.
 *
 * An image is told from a URL without scheme by its first part: `pocosow/centos` has no dot there, `host.tld/path` has;
 * `image:` in front settles it.
 */
export function parseThreatList(name: string, text: string, format: ListFormat = plain): ThreatListResult {
  const builder = new Builder(name);
  let rejected = 0;
  let firstRejected: ThreatListResult["firstRejected"];
  let line = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    line++;
    for (const entry of entriesOf(text.slice(start, end), format)) {
      if (builder.add(entry)) continue;
      rejected++;
      firstRejected ??= { line, text: entry.slice(0, 80) };
    }
    start = end + 1;
  }
  return { list: builder.build(), rejected, firstRejected };
}

function entriesOf(raw: string, { format, column }: ListFormat): readonly string[] {
  const line = raw.trim();
  if (line === "" || line.startsWith("#") || line.startsWith(";") || line.startsWith("//")) return [];
  if (format === "csv") return listed(csvField(line, column));
  const words = line.split(/[\s#]+/, 8).filter((w) => w !== "");
  if (format === "hosts") return words.slice(1).filter((w) => !localNames.has(w));
  return listed(words[0]);
}

/** A field of one CSV line (RFC 4180 without line breaks inside quotes). */
function csvField(line: string, column: number): string | undefined {
  let at = 1;
  let field = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === '"') {
      if (quoted && line[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = !quoted;
    } else if (c === "," && !quoted) {
      if (at === column) return field.trim();
      at++;
      field = "";
    } else field += c;
  }
  return at === column ? field.trim() : undefined;
}

function listed(entry: string | undefined): string[] {
  return entry === undefined || entry === "" ? [] : [entry];
}

class Builder {
  readonly #name: string;
  readonly #addresses: number[] = [];
  readonly #ranges: [number, number, string][] = [];
  readonly #six = new Set<string>();
  readonly #sixRanges: [ipaddr.IPv6, number, string][] = [];
  readonly #domains = new Set<string>();
  readonly #urls = new Set<string>();
  readonly #images = new Set<string>();

  constructor(name: string) {
    this.#name = name;
  }

  /** False when the text is no entry. */
  add(entry: string): boolean {
    if (entry.length > maxEntry) return false;
    const number = ipv4ToNumber(entry);
    if (number >= 0) {
      this.#addresses.push(number);
      return true;
    }
    if (entry.startsWith("image:")) return this.#addImage(entry.slice(6));
    if (entry.includes("://")) return this.#addUrl(entry);
    const slash = entry.indexOf("/");
    if (slash >= 0) return this.#addSlashed(entry, slash);
    if (entry.includes(":")) return this.#addColoned(entry);
    return this.#addDomain(entry);
  }

  build(): ThreatList {
    const addresses = Uint32Array.from(this.#addresses).sort();
    const ranges = mergeRanges(this.#ranges);
    const [six, sixRanges, domains, urls, images] = [
      this.#six,
      this.#sixRanges,
      this.#domains,
      this.#urls,
      this.#images,
    ];
    const address = (ip: string): string | undefined => {
      const number = ipv4ToNumber(ip);
      if (number >= 0) return contains(addresses, number) ? numberToIpv4(number) : rangeOf(ranges, number);
      return six.size + sixRanges.length > 0 ? addressSix(ip, six, sixRanges) : undefined;
    };
    return {
      name: this.#name,
      size: addresses.length + ranges.length + six.size + sixRanges.length + domains.size + urls.size + images.size,
      address,
      domain: (name) => domainOf(domains, name),
      url: (url) => urlOf(url, urls, domains, address),
      image: (reference) => imageNames(reference).find((candidate) => images.has(candidate)),
    };
  }

  #addSlashed(entry: string, slash: number): boolean {
    const number = ipv4ToNumber(entry, 0, slash);
    const bits = Number(entry.slice(slash + 1));
    if (number >= 0 && /^\d{1,2}$/.test(entry.slice(slash + 1)) && bits <= 32) {
      const size = 2 ** (32 - bits);
      const start = Math.floor(number / size) * size;
      this.#ranges.push([start, start + size - 1, entry]);
      return true;
    }
    if (ipaddr.IPv6.isValidCIDR(entry)) {
      const [base, length] = ipaddr.IPv6.parseCIDR(entry);
      if (this.#sixRanges.length >= 10_000) return false;
      this.#sixRanges.push([base, length, entry]);
      return true;
    }
    return entry.slice(0, slash).includes(".") ? this.#addUrl(`http://${entry}`) : this.#addImage(entry);
  }

  /** An IPv6 address, or `address:port`, or `domain:port`, or `image:tag`. */
  #addColoned(entry: string): boolean {
    if (ipaddr.IPv6.isValid(entry)) {
      const parsed = ipaddr.process(entry);
      if (parsed.kind() === "ipv4") this.#addresses.push(ipv4ToNumber(parsed.toString()));
      else this.#six.add(parsed.toString());
      return true;
    }
    const colon = entry.lastIndexOf(":");
    return /^\d{1,5}$/.test(entry.slice(colon + 1)) ? this.add(entry.slice(0, colon)) : false;
  }

  #addUrl(entry: string): boolean {
    const key = urlKey(entry);
    if (key === undefined) return false;
    this.#urls.add(key);
    return true;
  }

  #addDomain(entry: string): boolean {
    const name = normalDomain(entry.startsWith("*.") ? entry.slice(2) : entry);
    if (name === undefined) return false;
    this.#domains.add(name);
    return true;
  }

  #addImage(entry: string): boolean {
    const name = entry.trim().toLowerCase();
    if (!/^[a-z0-9][a-z0-9._/:@-]*$/.test(name)) return false;
    this.#images.add(name);
    return true;
  }
}

/** Lower case, no trailing dot; undefined when it is no name with at least one dot (a bare `com` would hit the world). */
function normalDomain(name: string): string | undefined {
  const text = (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
  if (text.length > 253 || !text.includes(".")) return undefined;
  return /^[a-z0-9_][a-z0-9._-]*[a-z0-9]$/.test(text) && !text.includes("..") ? text : undefined;
}

function domainOf(domains: ReadonlySet<string>, name: string): string | undefined {
  let text = normalDomain(name);
  while (text?.includes(".")) {
    if (domains.has(text)) return text;
    text = text.slice(text.indexOf(".") + 1);
  }
  return undefined;
}

/** host[:port]/path?query, without scheme and fragment; undefined when it does not parse. */
function urlKey(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || parsed.hostname === "") return undefined;
  const path = parsed.pathname === "/" ? "" : parsed.pathname;
  return `${parsed.host}${path}${parsed.search}`;
}

function urlOf(
  url: string,
  urls: ReadonlySet<string>,
  domains: ReadonlySet<string>,
  address: (ip: string) => string | undefined,
): string | undefined {
  const full = url.includes("://") ? url : `http://${url}`;
  const key = full.length > 4 * maxEntry ? undefined : urlKey(full);
  if (key === undefined) return undefined;
  if (urls.has(key)) return key;
  const host = new URL(full).hostname.replace(/^\[|\]$/g, "");
  // A bare `http://host` on a list means the whole host.
  if (urls.has(host)) return host;
  return address(host) ?? domainOf(domains, host);
}

/** The ways in which a list may name an image: as given, without digest, without tag, without Docker Hub's prefix. */
function imageNames(reference: string): string[] {
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

function addressSix(
  ip: string,
  six: ReadonlySet<string>,
  ranges: readonly [ipaddr.IPv6, number, string][],
): string | undefined {
  if (!ipaddr.IPv6.isValid(ip)) return undefined;
  const parsed = ipaddr.IPv6.parse(ip);
  const text = parsed.toString();
  return six.has(text) ? text : ranges.find(([base, bits]) => parsed.match(base, bits))?.[2];
}

function contains(sorted: Uint32Array, value: number): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const at = sorted[middle] as number;
    if (at === value) return true;
    if (at < value) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** Sorted by start; overlapping ranges are joined, so that the last one that starts before a value decides. */
function mergeRanges(ranges: [number, number, string][]): readonly (readonly [number, number, string])[] {
  const sorted = ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const merged: [number, number, string][] = [];
  for (const [start, end, text] of sorted) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end, text]);
  }
  return merged;
}

function rangeOf(ranges: readonly (readonly [number, number, string])[], value: number): string | undefined {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const [start, end, text] = ranges[middle] as readonly [number, number, string];
    if (value < start) high = middle - 1;
    else if (value > end) low = middle + 1;
    else return text;
  }
  return undefined;
}

import { AddressSetBuilder, type Taken } from "./address-set.ts";
import { entriesOf, type ListFormat } from "./entry-line.ts";
import { ipv4ToNumber } from "./ipv4.ts";
import { domainOf, imageNames, maxEntry, normalDomain, normalImage, urlKey, urlOf } from "./names.ts";

export type { ListFormat } from "./entry-line.ts";

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
  /** Entries that cover every device's own network (loopback, LAN, multicast) as a whole: not used. */
  readonly leftOut: number;
}

const plain: ListFormat = { format: "plain", column: 1 };
/** A longer line is no list's; what is behind it is read again from the next line on. */
const maxLine = 16_384;
/** Domains, URLs and images, which are kept as text: about 50 MB. More is refused, the module has 128 MB. */
export const mostNames = 500_000;

/** A whole text at once; see ThreatListParser. */
export function parseThreatList(name: string, text: string, format: ListFormat = plain): ThreatListResult {
  const parser = new ThreatListParser(name, format);
  parser.push(text);
  return parser.finish();
}

/** True when the text is an entry that would be used. */
export function isThreatEntry(text: string): boolean {
  return new Builder("").add(text.trim()) === "taken";
}

/**
 * Reads a threat list piece by piece: addresses, CIDR ranges, domains, URLs and container images, one a line, in the
 * common public formats: plain (`#` and `;` comments, text after white space ignored), hosts file
 * (`0.0.0.0 bad.example`), CSV with a column, quoted or not. Linear in the text; keeps no piece of it alive.
 *
 * An image is told from a URL without scheme by its first part: `pocosow/centos` has no dot there, `host.tld/path` has;
 * `image:` in front settles it.
 */
export class ThreatListParser {
  readonly #builder: Builder;
  readonly #format: ListFormat;
  #rest = "";
  #skipping = false;
  #line = 0;
  #rejected = 0;
  #leftOut = 0;
  #firstRejected: ThreatListResult["firstRejected"];

  constructor(name: string, format: ListFormat = plain) {
    this.#builder = new Builder(name);
    this.#format = format;
  }

  /** Takes the next piece of the text. Throws RangeError when the list has more names than are kept. */
  push(piece: string): void {
    const text = this.#rest + piece;
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#take(text, start, end);
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length <= maxLine) return;
    if (!this.#skipping) this.#reject(this.#rest.slice(0, 80), this.#line + 1);
    this.#skipping = true;
    this.#rest = "";
  }

  finish(): ThreatListResult {
    if (this.#rest !== "") this.#take(this.#rest, 0, this.#rest.length);
    this.#rest = "";
    return {
      list: this.#builder.build(),
      rejected: this.#rejected,
      firstRejected: this.#firstRejected,
      leftOut: this.#leftOut,
    };
  }

  #take(text: string, start: number, end: number): void {
    this.#line++;
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    const last = text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    // Nine lines of ten of a large list: an address alone, read where it stands.
    const address = this.#format.format === "plain" ? ipv4ToNumber(text, start, last) : -1;
    if (address >= 0) {
      this.#count(this.#builder.addNumber(address), "");
      return;
    }
    for (const entry of entriesOf(text.slice(start, last), this.#format)) this.#count(this.#builder.add(entry), entry);
  }

  #count(taken: Taken, entry: string): void {
    if (taken === "left out") this.#leftOut++;
    else if (taken === "no entry") this.#reject(entry, this.#line);
  }

  #reject(text: string, line: number): void {
    this.#rejected++;
    this.#firstRejected ??= { line, text: copied(text.slice(0, 80)) };
  }
}

class Builder {
  readonly #name: string;
  readonly #addresses = new AddressSetBuilder();
  readonly #domains = new Set<string>();
  readonly #urls = new Set<string>();
  readonly #images = new Set<string>();

  constructor(name: string) {
    this.#name = name;
  }

  addNumber(address: number): Taken {
    return this.#addresses.addNumber(address);
  }

  add(entry: string): Taken {
    if (entry.length > maxEntry) return "no entry";
    const number = ipv4ToNumber(entry);
    if (number >= 0) return this.#addresses.addNumber(number);
    if (entry.startsWith("image:")) return this.#keep(this.#images, normalImage(entry.slice(6)));
    if (entry.includes("://")) return this.#keep(this.#urls, urlKey(entry));
    const slash = entry.indexOf("/");
    if (slash >= 0) return this.#addSlashed(entry, slash);
    if (entry.includes(":")) return this.#addColoned(entry);
    return this.#keep(this.#domains, normalDomain(entry.startsWith("*.") ? entry.slice(2) : entry));
  }

  build(): ThreatList {
    const addresses = this.#addresses.build();
    const [domains, urls, images] = [this.#domains, this.#urls, this.#images];
    return {
      name: this.#name,
      size: addresses.size + domains.size + urls.size + images.size,
      address: (ip) => addresses.find(ip),
      domain: (name) => domainOf(domains, name),
      url: (url) => urlOf(url, urls, domains, (ip) => addresses.find(ip)),
      image: (reference) =>
        images.size === 0 ? undefined : imageNames(reference).find((candidate) => images.has(candidate)),
    };
  }

  #addSlashed(entry: string, slash: number): Taken {
    const range = this.#addresses.addRange(entry, slash);
    const host = entry.slice(0, slash);
    const isNetwork = ipv4ToNumber(host) >= 0 || host.includes("::") || host.split(":").length > 2;
    if (range !== "no entry" || (isNetwork && /^\d{1,3}$/.test(entry.slice(slash + 1)))) return range;
    return host.includes(".")
      ? this.#keep(this.#urls, urlKey(`http://${entry}`))
      : this.#keep(this.#images, normalImage(entry));
  }

  /** An IPv6 address, or `address:port`, or `domain:port`. */
  #addColoned(entry: string): Taken {
    const six = this.#addresses.addSix(entry);
    if (six !== "no entry") return six;
    const colon = entry.lastIndexOf(":");
    return /^\d{1,5}$/.test(entry.slice(colon + 1)) ? this.add(entry.slice(0, colon)) : "no entry";
  }

  #keep(names: Set<string>, name: string | undefined): Taken {
    if (name === undefined) return "no entry";
    if (this.#domains.size + this.#urls.size + this.#images.size >= mostNames)
      throw new RangeError(`it has more than ${mostNames} domains, URLs and images`);
    names.add(copied(name));
    return "taken";
  }
}

/** A slice keeps the whole text it was cut from alive; a copy does not. */
function copied(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}

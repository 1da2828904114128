import ipaddr from "ipaddr.js";
import { GrowingNumbers, lastNotAbove } from "./growing-numbers.ts";
import { ipv4ToNumber, numberToIpv4 } from "./ipv4.ts";

/** IPv6 ranges are searched one by one; no public list has this many. */
const mostSixRanges = 10_000;

/**
 * Networks that public lists of unrouted space ("bogons") hold, and that every device talks to: its own loopback, its
 * own LAN, multicast. An entry that covers one of them as a whole would make an alert of every connection, so it is
 * left out; a single private address or a part of such a network is taken. RFC 6890.
 */
const everyday = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/4",
].map((text) => {
  const slash = text.indexOf("/");
  return { start: ipv4ToNumber(text, 0, slash), bits: Number(text.slice(slash + 1)) };
});
const everydaySix = ["::/8", "fc00::/7", "fe80::/10", "ff00::/8"].map((text) => ipaddr.IPv6.parseCIDR(text));

/** Asks whether an address is listed; answers with the entry. */
export interface AddressSet {
  readonly size: number;
  find(ip: string): string | undefined;
}

export type Taken = "taken" | "left out" | "no entry";

/** Takes addresses and CIDR ranges; IPv4 ends as 4 bytes an address and 8 a range. */
export class AddressSetBuilder {
  readonly #addresses = new GrowingNumbers();
  /** `start * 64 + bits`: sorts by start, the widest of several with one start first. */
  readonly #ranges = new GrowingNumbers();
  readonly #six = new Set<string>();
  readonly #sixRanges: [ipaddr.IPv6, number][] = [];

  addNumber(address: number): Taken {
    if (address < 2 ** 24 || Math.floor(address / 2 ** 24) === 127) return "left out";
    this.#addresses.push(address);
    return "taken";
  }

  /** `address/bits` with the slash at `slash`, of either family. */
  addRange(text: string, slash: number): Taken {
    const number = ipv4ToNumber(text, 0, slash);
    const bits = text.slice(slash + 1);
    if (number >= 0) return /^\d{1,2}$/.test(bits) ? this.#addRangeFour(number, Number(bits)) : "no entry";
    if (!text.includes(":") || !ipaddr.IPv6.isValidCIDR(text)) return "no entry";
    const [base, length] = ipaddr.IPv6.parseCIDR(text);
    if (everydaySix.some(([everyday, wide]) => length <= wide && everyday.match(base, length))) return "left out";
    if (this.#sixRanges.length >= mostSixRanges) return "no entry";
    this.#sixRanges.push([base, length]);
    return "taken";
  }

  /** An IPv6 address in any spelling; mapped IPv4 counts as IPv4. */
  addSix(text: string): Taken {
    if (!ipaddr.IPv6.isValid(text)) return "no entry";
    const parsed = ipaddr.process(text);
    if (parsed.kind() === "ipv4") return this.addNumber(ipv4ToNumber(parsed.toString()));
    if (parsed.range() === "loopback" || parsed.range() === "unspecified") return "left out";
    this.#six.add(parsed.toString());
    return "taken";
  }

  build(): AddressSet {
    const addresses = new Uint32Array(this.#addresses.sorted());
    const ranges = withoutNested(this.#ranges.sorted());
    const [six, sixRanges] = [this.#six, this.#sixRanges];
    return {
      size: addresses.length + ranges.length + six.size + sixRanges.length,
      find(ip) {
        const number = ipv4ToNumber(ip);
        if (number < 0) return six.size + sixRanges.length > 0 ? findSix(ip, six, sixRanges) : undefined;
        return addresses[lastNotAbove(addresses, number)] === number ? numberToIpv4(number) : findRange(ranges, number);
      },
    };
  }

  #addRangeFour(number: number, bits: number): Taken {
    if (bits > 32) return "no entry";
    const size = 2 ** (32 - bits);
    const start = Math.floor(number / size) * size;
    const covers = everyday.some((e) => bits <= e.bits && e.start >= start && e.start < start + size);
    if (covers) return "left out";
    this.#ranges.push(start * 64 + bits);
    return "taken";
  }
}

/** CIDR ranges lie inside each other or apart: once those inside another are gone, one look decides. */
function withoutNested(sorted: Float64Array): Float64Array {
  let end = -1;
  return sorted.filter((packed) => {
    const start = Math.floor(packed / 64);
    if (start <= end) return false;
    end = start + 2 ** (32 - (packed % 64)) - 1;
    return true;
  });
}

function findRange(ranges: Float64Array, number: number): string | undefined {
  const packed = ranges[lastNotAbove(ranges, number * 64 + 63)];
  if (packed === undefined) return undefined;
  const [start, bits] = [Math.floor(packed / 64), packed % 64];
  return number < start + 2 ** (32 - bits) ? `${numberToIpv4(start)}/${bits}` : undefined;
}

function findSix(
  ip: string,
  six: ReadonlySet<string>,
  ranges: readonly (readonly [ipaddr.IPv6, number])[],
): string | undefined {
  if (!ipaddr.IPv6.isValid(ip)) return undefined;
  const parsed = ipaddr.IPv6.parse(ip);
  const text = parsed.toString();
  if (six.has(text)) return text;
  const hit = ranges.find(([base, bits]) => parsed.match(base, bits));
  return hit && `${hit[0].toString()}/${hit[1]}`;
}

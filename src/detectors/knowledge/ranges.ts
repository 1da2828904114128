/** Addresses and CIDR ranges that an operator wrote down. */
import ipaddr from "ipaddr.js";
import { z } from "zod";

/** One entry of a setting that lists addresses: a typing error is told instead of matching nothing for ever. */
export const addressOrRange = () =>
  z.string().refine((text) => (text.includes("/") ? ipaddr.isValidCIDR(text) : isAddress(text)), {
    message: "an address or a CIDR range",
  });

/** Four numbers or IPv6: ipaddr.js alone would take `10.1` as well. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

/** True when `ip` is one of `ranges` or inside one. Entries that are neither address nor range match nothing. */
export function inRanges(ip: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return ranges.some((range) => {
    try {
      const slash = range.includes("/");
      const [base, bits] = slash ? ipaddr.parseCIDR(range) : [ipaddr.process(range), -1];
      if (base.kind() !== address.kind()) return false;
      return slash ? address.match([base, bits] as never) : base.toString() === address.toString();
    } catch {
      return false;
    }
  });
}

/** Addresses and CIDR ranges that an operator wrote down. */
import ipaddr from "ipaddr.js";

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

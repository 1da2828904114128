/**
 * Dotted-quad text to a number, digit by digit: a list of a million addresses must not make a million arrays.
 * Returns -1 for anything else (also for octets with leading zeros, which some tools read as octal).
 */
export function ipv4ToNumber(text: string, start = 0, end = text.length): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = start; i <= end; i++) {
    const code = i === end ? 46 : text.charCodeAt(i);
    if (code === 46) {
      if (octet < 0) return -1;
      value = value * 256 + octet;
      octet = -1;
      dots++;
    } else if (code >= 48 && code <= 57) {
      if (octet === 0) return -1;
      octet = (octet < 0 ? 0 : octet * 10) + code - 48;
      if (octet > 255) return -1;
    } else return -1;
  }
  return dots === 4 ? value : -1;
}

export function numberToIpv4(value: number): string {
  return `${Math.floor(value / 2 ** 24)}.${Math.floor(value / 2 ** 16) & 255}.${Math.floor(value / 256) & 255}.${value % 256}`;
}

/** The fields that are read so are numbers after numbers: they stand within this many bytes. */
const REACH = 200;

/** Decimal number behind `name`; 0 when absent. */
export function numberAfter(name: Buffer, bytes: Buffer, start: number, end: number): number {
  const limit = Math.min(end, start + REACH);
  const last = name[name.length - 2] as number;
  for (let at = start; at + name.length <= limit; at++) {
    if (bytes[at] !== name[0] || bytes[at + name.length - 2] !== last) continue;
    let same = 1;
    while (same < name.length && bytes[at + same] === name[same]) same++;
    if (same < name.length) continue;
    let value = 0;
    for (let i = at + name.length; i < end; i++) {
      const digit = (bytes[i] as number) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    return value;
  }
  return 0;
}

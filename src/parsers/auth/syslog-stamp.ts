/**
 * Time stamps of syslog files: RFC 3164 (`Dec 10 10:00:00`, local time, no year), RFC 3339 (rsyslog's and systemd's
 * ISO form, with zone), and syslog-ng's `2015 Nov 13 13:40:01`.
 */

/** What a line does not say: the year, and the zone its writer lived in. */
export interface LogClock {
  /** Reference for stamps without a year, epoch ms: the newest a line may be. */
  now(): number;
  /** Minutes east of UTC at the given local wall time (epoch ms as if it were UTC). Absent = UTC. */
  offset?(wall: number): number;
}

const DAY = 86_400_000;
const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const SPACE = 32;
const COLON = 58;

const isDigit = (code: number) => code >= 48 && code <= 57;

/** Index of the blank that ends the stamp at `from`, or `from` where no stamp stands. Looks at a few bytes only. */
export function endOfStamp(line: string, from: number): number {
  const first = line.charCodeAt(from);
  if (first >= 65 && first <= 90) return endOfClassic(line, from);
  if (!isDigit(first)) return from;
  const fifth = line.charCodeAt(from + 4);
  if (fifth === SPACE) {
    const end = endOfClassic(line, from + 5);
    return end === from + 5 ? from : end;
  }
  if (fifth !== 45) return from;
  const end = line.indexOf(" ", from);
  if (end < 0) return from;
  return end - from === 10 && isDigit(line.charCodeAt(end + 1)) ? Math.max(line.indexOf(" ", end + 1), from) : end;
}

function endOfClassic(line: string, from: number): number {
  if (line.charCodeAt(from + 3) !== SPACE) return from;
  let end = from;
  if (line.charCodeAt(from + 9) === COLON && line.charCodeAt(from + 12) === COLON) end = from + 15;
  else if (line.charCodeAt(from + 8) === COLON && line.charCodeAt(from + 11) === COLON) end = from + 14;
  else return from;
  if (line.charCodeAt(end) === 46) while (isDigit(line.charCodeAt(++end)));
  return line.charCodeAt(end) === SPACE ? end : from;
}

/** Turns stamps into epoch ms; remembers the last one, because a flood repeats its second. */
export class StampReader {
  readonly #clock: LogClock;
  #text = "";
  #at: number | undefined;

  constructor(clock: LogClock) {
    this.#clock = clock;
  }

  /** Epoch ms, or undefined where the text is not a time (`Xyz 99 10:00:00`). */
  read(text: string): number | undefined {
    if (text !== this.#text) {
      this.#at = isDigit(text.charCodeAt(0)) ? this.#numbered(text) : this.#classic(text);
      this.#text = text;
    }
    return this.#at;
  }

  /** No year told: the latest year in which the stamp is not more than a day ahead of the reference. */
  #classic(text: string): number | undefined {
    const latest = this.#clock.now() + DAY;
    const newest = new Date(latest).getUTCFullYear() + 1; // local time may already be in the next year
    for (let year = newest; year > newest - 10; year--) {
      const wall = wallTime(text, year);
      if (wall === undefined) return undefined;
      if (!Number.isNaN(wall) && this.#utc(wall) <= latest) return this.#utc(wall);
    }
    return undefined;
  }

  #numbered(text: string): number | undefined {
    if (text.charCodeAt(4) === SPACE) {
      const wall = wallTime(text.slice(5), Number(text.slice(0, 4)));
      return wall === undefined || Number.isNaN(wall) ? undefined : this.#utc(wall);
    }
    const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
    if (!match) return undefined;
    const wall = Date.parse(`${match[1]}T${match[2]}.${(match[3] ?? "0").padEnd(3, "0").slice(0, 3)}Z`);
    if (Number.isNaN(wall)) return undefined;
    const zone = match[4];
    if (zone === undefined) return this.#utc(wall);
    if (zone === "Z") return wall;
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
    return wall - (zone.startsWith("-") ? -minutes : minutes) * 60_000;
  }

  #utc(wall: number): number {
    return wall - (this.#clock.offset?.(wall) ?? 0) * 60_000;
  }
}

/** Undefined: no such stamp. NaN: no such day in that year (29 February). */
function wallTime(text: string, year: number): number | undefined {
  const month = MONTHS.indexOf(text.slice(0, 3));
  const match = /^ ?(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d+)?$/.exec(text.slice(4));
  if (month < 0 || month % 3 !== 0 || !match) return undefined;
  const [day, hour, minute, second] = match.slice(1).map(Number) as [number, number, number, number];
  if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  const wall = Date.UTC(year, month / 3, day, hour, minute, second);
  return new Date(wall - (second === 60 ? 1000 : 0)).getUTCDate() === day ? wall : Number.NaN;
}

import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Fact } from "../events/fact.ts";
import { AuditParser } from "../parsers/audit/audit-parser.ts";
import { AuthParser } from "../parsers/auth/auth-parser.ts";
import { containerFromInspect } from "../parsers/docker/inspect.ts";

export interface ReadProgress {
  /** Compressed bytes read of the file. */
  read(bytes: number): void;
}

/** Longest line kept; a longer one is cut off there, as the live tail does. */
const maxLine = 1 << 20;

/** A file, plain or gzip (told by its first two bytes, RFC 1952), or stdin for `-`, as chunks of whole lines. */
async function* wholeLines(file: string, progress: ReadProgress): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of open(file, progress) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(10);
    if (end < 0) {
      if (rest.length < maxLine) rest = Buffer.concat([rest, chunk]);
      continue;
    }
    yield rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, end + 1)]) : chunk.subarray(0, end + 1);
    rest = Buffer.from(chunk.subarray(end + 1));
  }
  if (rest.length > 0) yield Buffer.concat([rest, Buffer.from("\n")]);
}

async function* open(file: string, progress: ReadProgress): AsyncGenerator<Buffer> {
  const raw: Readable = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 1 << 18 });
  let gunzip: ReturnType<typeof createGunzip> | undefined;
  const source = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await source.next();
  if (first.done) return;
  async function* counted() {
    for (let next: IteratorResult<Buffer> = first; !next.done; next = await source.next()) {
      progress.read(next.value.length);
      yield next.value;
    }
  }
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* counted();
    return;
  }
  gunzip = createGunzip();
  const fed = (async () => {
    for await (const chunk of counted())
      if (!gunzip.write(chunk)) await new Promise((drained) => gunzip.once("drain", drained));
    gunzip.end();
  })();
  fed.catch((error: Error) => gunzip.destroy(error));
  yield* gunzip as AsyncIterable<Buffer>;
}

/** Size for the progress line; undefined for stdin and what is no regular file. */
export function sizeOf(file: string): number | undefined {
  if (file === "-") return undefined;
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new Error(`${file} does not exist`);
  return stat.isFile() ? stat.size : undefined;
}

export async function replayAudit(file: string, progress: ReadProgress, emit: (fact: Fact) => void): Promise<void> {
  const parser = new AuditParser();
  for await (const lines of wholeLines(file, progress)) parser.push(lines, emit);
  parser.flush(emit);
}

/** Stamps without a year are taken to be not newer than the file itself. */
export async function replayAuth(file: string, progress: ReadProgress, emit: (fact: Fact) => void): Promise<void> {
  const newest = file === "-" ? Date.now() : (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  const parser = new AuthParser({ now: () => newest });
  for await (const lines of wholeLines(file, progress)) for (const fact of parser.push(lines)) emit(fact);
  for (const fact of parser.flush()) emit(fact);
}

/** One `docker inspect` object a line; a line that is none is an error that names it. */
export async function replayContainers(
  file: string,
  progress: ReadProgress,
  emit: (fact: Fact) => void,
): Promise<void> {
  let number = 0;
  for await (const lines of wholeLines(file, progress)) {
    for (const line of lines.toString("utf8").split("\n")) {
      number++;
      if (line.trim() === "") continue;
      const inspected = containerFromInspect(parse(line, file, number));
      if (!inspected) throw new Error(`${file}, line ${number}: is no object of \`docker inspect\``);
      emit({
        kind: "container.started",
        at: inspected.startedAt ?? Date.now(),
        container: inspected.detail,
        snapshot: true,
      });
    }
  }
}

function parse(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Error(`${file}, line ${number}: is not valid JSON: ${(error as Error).message}`);
  }
}

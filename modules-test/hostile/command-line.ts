/** Flags, files and environment of the command line: what it prints must be safe to look at. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { commandLine } from "../../src/cli/command-line.ts";
import { levelFrom } from "../../src/cli/log.ts";
import type { InputKind, Subject } from "./kind.ts";
import { bytesOf, json, numeral, text } from "./words.ts";

interface CommandInput {
  readonly args: readonly string[];
  readonly file: Buffer;
  readonly environment: string;
}

const flag = fc.oneof(
  fc.constantFrom(
    "--json",
    "--lang",
    "--every",
    "--audit",
    "--auth",
    "--containers",
    "--config",
    "--indicators",
    "FILE",
    "check",
    "ja",
    "--",
    "-",
  ),
  text.map((name) => `--${name}`),
  text,
  numeral,
);
/** `run` and `doctor` would act on this machine; everything else only reads and prints. */
const command = fc.oneof(
  fc.constantFrom("alerts", "config", "replay", "help", "--version"),
  text.filter((name) => !/^(?:run|doctor|-.*|)$/s.test(name)),
);
const likely = fc.constantFrom(
  ["replay", "--every", "--auth", "FILE"],
  ["replay", "--audit", "FILE"],
  ["replay", "--json", "--containers", "FILE"],
  ["replay", "--auth", "FILE", "--indicators", "FILE"],
  ["config", "check", "FILE"],
  ["config", "check", "--json", "FILE"],
);
const args = fc.oneof(
  likely,
  fc.tuple(command, fc.array(flag, { maxLength: 4 })).map(([name, rest]) => [name, ...rest]),
);
const auth = text.map((name) =>
  `Dec 10 10:00:00 h sshd[1]: Failed password for ${name} from 198.51.100.7 port 1 ssh2\n`.repeat(8),
);
const file = bytesOf(
  fc.oneof(
    text,
    auth,
    json.map((value) => JSON.stringify(value) ?? ""),
    json.map((value) => JSON.stringify({ desired: value, Config: value, Id: "x" })),
  ),
);

export const commands: InputKind<CommandInput> = {
  name: "command line",
  share: 0.2,
  mostMs: 1_000,
  arbitrary: fc.record({ args, file, environment: text }),
  async feed(subject, input) {
    levelFrom({ RuntimeLogLevel: input.environment });
    const folder = mkdtempSync(join(tmpdir(), "hostile-"));
    try {
      const path = join(folder, "file");
      writeFileSync(path, input.file);
      const given = input.args.map((arg) => (arg === "FILE" ? path : arg === "-" ? "--" : arg));
      const printed = await captured(() => commandLine(given));
      for (const line of printed.join("").split("\n")) subject.printed(line);
      if (given.includes("--json")) judgeJson(subject, printed);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** One record a line on stdout, whatever stands in the records. */
function judgeJson(subject: Subject, [out = ""]: readonly string[]): void {
  for (const line of out.split("\n")) {
    if (!line.startsWith("{")) continue;
    try {
      JSON.parse(line);
    } catch {
      subject.violated("log injection", `a line of stdout is half a record: ${JSON.stringify(line.slice(0, 200))}`);
    }
  }
}

/** What was written to stdout and to stderr meanwhile. */
async function captured(act: () => Promise<number>): Promise<[string, string]> {
  const streams = [process.stdout, process.stderr] as const;
  const writes = streams.map((stream) => stream.write);
  const exitCode = process.exitCode;
  const texts: [string, string] = ["", ""];
  streams.forEach((stream, index) => {
    stream.write = ((chunk: string | Uint8Array) => {
      texts[index as 0 | 1] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      return true;
    }) as typeof stream.write;
  });
  try {
    await act();
    return texts;
  } finally {
    streams.forEach((stream, index) => {
      stream.write = writes[index] as typeof stream.write;
    });
    process.exitCode = exitCode;
  }
}

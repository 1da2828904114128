import { oneLine } from "../alerts/visible.ts";
import type { Log } from "../ports.ts";

const levels = ["error", "warn", "info", "debug"] as const;
type Level = (typeof levels)[number];

/** edgeAgent's GetModuleLogs reads these syslog levels (LogMessageParser.cs). */
const syslog: Record<Level, number> = { error: 3, warn: 4, info: 6, debug: 7 };
const short: Record<Level, string> = { error: "ERR", warn: "WRN", info: "INF", debug: "DBG" };

/** The level named by RuntimeLogLevel as edgeAgent sets it (fatal, error, warn, info, debug, verbose), default info. */
export function levelFrom(environment: NodeJS.ProcessEnv): Level {
  const named = (environment.RuntimeLogLevel ?? "").toLowerCase();
  if (named.startsWith("fatal") || named.startsWith("err")) return "error";
  if (named.startsWith("warn")) return "warn";
  return named.startsWith("debug") || named.startsWith("verb") ? "debug" : "info";
}

/** One line a record: `<6> 2026-11-24 08:00:00.000 +00:00 [INF] - text`; line breaks inside the text are made visible. */
export class LineLog implements Log {
  #level: Level;
  readonly #write: (line: string) => void;

  constructor(level: Level, write: (line: string) => void = (line) => process.stderr.write(`${line}\n`)) {
    this.#level = level;
    this.#write = write;
  }

  set level(level: Level) {
    this.#level = level;
  }

  debug(text: string): void {
    this.#log("debug", text);
  }

  info(text: string): void {
    this.#log("info", text);
  }

  warn(text: string): void {
    this.#log("warn", text);
  }

  error(text: string): void {
    this.#log("error", text);
  }

  #log(level: Level, text: string): void {
    if (levels.indexOf(level) > levels.indexOf(this.#level)) return;
    const stamp = new Date().toISOString().replace("T", " ").replace("Z", " +00:00");
    this.#write(`<${syslog[level]}> ${stamp} [${short[level]}] - ${oneLine(text, 4096)}`);
  }
}

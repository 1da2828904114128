import type { SeverityName } from "../alerts/catalogue.ts";
import type { Language } from "../alerts/text.ts";
import type { SourceName, SourceState } from "../events/fact.ts";
import { wordsEn } from "./words.en.ts";
import { wordsJa } from "./words.ja.ts";

/** Every word of the local view in one language; the texts of the alerts are in `alerts/text.*.ts`. */
export interface Words {
  readonly tag: string;
  readonly severity: Readonly<Record<SeverityName, string>>;
  readonly state: Readonly<Record<SourceState, string>>;
  readonly source: Readonly<Record<SourceName, string>>;
  readonly headline: (alerts: number) => string;
  readonly quiet: string;
  readonly blind: string;
  readonly observing: string;
  readonly sourcesLive: (live: number, all: number) => string;
  readonly hub: (connected: boolean) => string;
  readonly acknowledged: (ago: string) => string;
  readonly waiting: (messages: number) => string;
  readonly trouble: string;
  readonly ago: (seconds: number) => string;
  readonly hours: string;
  readonly perHour: string;
  readonly hourly: (from: string, to: string, counts: string) => string;
  readonly chart: (total: number) => string;
  readonly now: string;
  readonly alerts: string;
  readonly utc: string;
  readonly noAlerts: string;
  readonly noHistory: string;
  readonly older: string;
  readonly newest: string;
  readonly sources: string;
  readonly meaning: string;
  readonly remediation: string;
  readonly evidence: string;
  readonly test: string;
  readonly times: (count: number) => string;
  readonly row: Readonly<Record<Row, string>>;
  readonly footer: string;
  readonly rendered: string;
  readonly skip: string;
}

/** What a row of the evidence can hold. */
export type Row =
  | "command"
  | "program"
  | "directory"
  | "user"
  | "login"
  | "pid"
  | "parents"
  | "container"
  | "image"
  | "module"
  | "from"
  | "to"
  | "file"
  | "account"
  | "url"
  | "seen"
  | "technique"
  | "id";

export const words: Readonly<Record<Language, Words>> = { en: wordsEn, ja: wordsJa };

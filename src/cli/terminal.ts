/** Colours and layout of what a person reads. Attacker-controlled text is made visible before it comes here. */
import { styleText } from "node:util";
import type { SeverityName } from "../alerts/catalogue.ts";
import type { SourceState } from "../events/fact.ts";

type Style = Parameters<typeof styleText>[0];

/** Styles only on a terminal that wants them (https://no-color.org). */
export class Terminal {
  readonly #colours: boolean;

  constructor(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv) {
    const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "0";
    this.#colours = forced || (stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb");
  }

  style(style: Style, text: string): string {
    return this.#colours ? styleText(style, text) : text;
  }

  severity(severity: SeverityName): string {
    const styles: Record<SeverityName, Style> = {
      informational: "dim",
      low: "cyan",
      medium: "yellow",
      high: ["bold", "red"],
    };
    return this.style(styles[severity], severity.toUpperCase().padEnd(6));
  }

  state(state: SourceState): string {
    const styles: Record<SourceState, Style> = { live: "green", degraded: "yellow", absent: "dim" };
    return this.style(styles[state], state.padEnd(8));
  }

  dim(text: string): string {
    return this.style("dim", text);
  }

  bold(text: string): string {
    return this.style("bold", text);
  }
}

/** What can be known about how well audit sees: from the loaded rules' file and from the log itself. */
import type { Fact, SourceState } from "../events/fact.ts";
import type { HostRoot } from "../ports.ts";

export interface Report {
  readonly state: SourceState;
  readonly reason: string;
  readonly remedy?: string;
}

/** What augenrules made of all rules.d files, and where distributions without it keep the rules. */
const RULES = "/etc/audit/audit.rules";
/** With execve rules even an idle gateway writes every few minutes (cron, health checks). */
const SILENT_MS = 3_600_000;
const RULES_MS = 60_000;
const LOAD = "copy etc/audit/30-vedette.rules to /etc/audit/rules.d/ and run `augenrules --load`";

export class AuditHealth {
  readonly #hostRoot: HostRoot;
  readonly #now: () => number;
  #wroteAt: number;
  /** An execution was seen: better proof than any file. */
  #executions = false;
  #disabled = false;
  #ended = false;
  #last: string | undefined;
  #rules: { readonly at: number; readonly lacking: boolean } | undefined;

  constructor(hostRoot: HostRoot, now: () => number) {
    this.#hostRoot = hostRoot;
    this.#now = now;
    this.#wroteAt = now();
  }

  wrote(at: number): void {
    this.#wroteAt = at;
  }

  saw(fact: Fact): void {
    if (fact.kind === "process.started") this.#executions = true;
    if (fact.kind !== "audit.changed") return;
    if (fact.change === "disabled") this.#disabled = true;
    if (fact.change === "enabled") this.#disabled = false;
    if (fact.change === "daemon-ended" || fact.change === "daemon-aborted") this.#ended = true;
    if (fact.change === "daemon-started") this.#ended = false;
    // Rules may have gone: the file is asked again until the next execution is seen.
    if (fact.change === "rule-removed") this.#executions = false;
  }

  /** The state now, if it is not what was told last. */
  changed(): Report | undefined {
    const report = this.#judge();
    const key = `${report.state} ${report.reason}`;
    if (key === this.#last) return undefined;
    this.#last = key;
    return report;
  }

  #judge(): Report {
    if (this.#ended) return degraded("auditd has ended", "start auditd on the host");
    if (this.#disabled) return degraded("auditing is switched off in the kernel", "run `auditctl -e 1` on the host");
    if (this.#now() - this.#wroteAt > SILENT_MS) {
      return degraded("nothing was written to the audit log for an hour", "check auditd and `auditctl -s` on the host");
    }
    if (!this.#executions && this.#rulesWithoutExecutions()) {
      return degraded("no audit rule records executed programs", LOAD);
    }
    return { state: "live", reason: "" };
  }

  /** True only when the file was read and says so; rules loaded by hand are not in it. Asked once a minute. */
  #rulesWithoutExecutions(): boolean {
    const now = this.#now();
    if (this.#rules === undefined || now - this.#rules.at >= RULES_MS) {
      this.#rules = { at: now, lacking: lacksExecutions(this.#hostRoot) };
    }
    return this.#rules.lacking;
  }
}

function lacksExecutions(hostRoot: HostRoot): boolean {
  try {
    const lines = hostRoot.readTextSync(RULES).split("\n");
    return !lines.some((line) =>
      /^\s{0,16}-a\b.{0,512}-S\s{0,8}\S{0,256}(?:\bexecve\b|\ball\b|\b59\b)/.test(line.slice(0, 1_024)),
    );
  } catch {
    return false;
  }
}

function degraded(reason: string, remedy: string): Report {
  return { state: "degraded", reason, remedy };
}

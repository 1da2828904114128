import ipaddr from "ipaddr.js";
import type { AlertId, SeverityName } from "../alerts/catalogue.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Exception } from "../config/exception.ts";
import type { ConfidenceName, Context, Finding } from "../detectors/detector.ts";
import type { ContainerDetail } from "../events/fact.ts";

/** What becomes of a finding before repeats are folded. */
export type Verdict =
  | { readonly outcome: "send"; readonly finding: Finding; readonly severity: SeverityName }
  | { readonly outcome: "observed" | "below-confidence" | "excepted"; readonly exception?: string };

const rank: Record<ConfidenceName, number> = { low: 1, medium: 2, high: 3 };

/**
 * Applies an alert's section of the twin to its findings: confidence floor, exceptions, observe mode, severity.
 * Counts what each exception swallowed, for the reported properties.
 */
export class Policy {
  readonly #applied = new Map<string, number>();
  readonly #severityOf: (alert: AlertId) => SeverityName;
  readonly #context: Context;

  constructor(severityOf: (alert: AlertId) => SeverityName, context: Context) {
    this.#severityOf = severityOf;
    this.#context = context;
  }

  judge(finding: Finding, configuration: Configuration): Verdict {
    const section = configuration.alerts[finding.alert];
    if (rank[finding.confidence] < rank[section.minConfidence]) return { outcome: "below-confidence" };
    for (const [name, exception] of Object.entries(section.exceptions)) {
      if (!this.#matches(exception, finding)) continue;
      const key = `${finding.alert}/${name}`;
      this.#applied.set(key, (this.#applied.get(key) ?? 0) + 1);
      return { outcome: "excepted", exception: name };
    }
    if (section.observe || configuration.observe) return { outcome: "observed" };
    const severity = section.severity ?? finding.severity ?? this.#severityOf(finding.alert);
    return { outcome: "send", finding, severity };
  }

  /** `alert/exception` -> findings it has swallowed since start; also of exceptions that are no longer configured. */
  applied(): ReadonlyMap<string, number> {
    return this.#applied;
  }

  /** Every field that the exception gives must match; expiry is judged by the finding's own time. */
  #matches(exception: Exception, finding: Finding): boolean {
    if (exception.expires !== undefined && Date.parse(exception.expires) <= finding.at) return false;
    const { evidence } = finding;
    const { process } = evidence;
    const container = evidence.container ?? process?.container;
    return (
      field(exception.user, () => this.#users(finding)) &&
      field(exception.process, () => [process?.exe]) &&
      field(exception.commandLine, () => [process?.argv.join(" ")]) &&
      field(exception.ancestor, () => process?.ancestors?.map(({ exe }) => exe) ?? []) &&
      field(exception.image, () => imageNames(container?.image)) &&
      field(exception.digest, () => digests(container as Partial<ContainerDetail> | undefined)) &&
      field(exception.module, () => [container?.module, evidence.data?.moduleId]) &&
      field(exception.file, () => [evidence.file?.path]) &&
      inRange(exception.address, [evidence.source?.ip, evidence.destination?.ip])
    );
  }

  #users({ evidence }: Finding): (string | undefined)[] {
    const uid = evidence.process?.uid;
    const named = uid === undefined ? undefined : this.#context.userName(uid);
    return [evidence.user, evidence.process?.user, named, uid === undefined ? undefined : `uid:${uid}`];
  }
}

/** An absent field matches anything; a given one must match one of the values. */
function field(pattern: string | undefined, values: () => readonly unknown[]): boolean {
  if (pattern === undefined) return true;
  return values().some((value) => typeof value === "string" && value !== "" && matchesPattern(pattern, value));
}

/** Exact, `prefix*`, `*suffix` or `*inside*`. */
export function matchesPattern(pattern: string, value: string): boolean {
  const [starred, open] = [pattern.startsWith("*"), pattern.endsWith("*")];
  const text = pattern.slice(starred ? 1 : 0, open && pattern.length > 1 ? -1 : undefined);
  if (starred && open) return value.includes(text);
  if (starred) return value.endsWith(text);
  return open ? value.startsWith(text) : value === text;
}

/** `repo:tag` also answers to `repo`. */
function imageNames(image: string | undefined): (string | undefined)[] {
  if (image === undefined) return [];
  const slash = image.lastIndexOf("/");
  const colon = image.indexOf(":", slash + 1);
  return colon < 0 ? [image] : [image, image.slice(0, colon)];
}

/** The image's own id and the digests under which registries know it. */
function digests(container: Partial<ContainerDetail> | undefined): (string | undefined)[] {
  const repository = (container?.repoDigests ?? []).map((digest) => digest.slice(digest.indexOf("@") + 1));
  return [container?.imageId, ...repository];
}

function inRange(range: string | undefined, values: readonly (string | undefined)[]): boolean {
  if (range === undefined) return true;
  const [base, bits] = ipaddr.isValidCIDR(range) ? ipaddr.parseCIDR(range) : hostRange(range);
  return values.some((value) => {
    if (value === undefined || !ipaddr.isValid(value)) return false;
    const address = ipaddr.process(value);
    return address.kind() === base.kind() && address.match(base as ipaddr.IPv4 & ipaddr.IPv6, bits);
  });
}

function hostRange(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const parsed = ipaddr.process(address);
  return [parsed, parsed.kind() === "ipv4" ? 32 : 128];
}

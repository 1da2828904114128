/** The module under test: the built bundle in its own process, connected to the rig's edgeHub. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { filter, type Subscription } from "rxjs";
import { type Rig, startRig } from "../rig.ts";
import type { JsonObject } from "../twin.ts";
import { type Child, eventually, startChild } from "./child.ts";

/** What of an OCSF Detection Finding the suite looks at. */
export interface Finding {
  readonly alert: string;
  readonly message: string;
  /** Epoch ms: when the deed happened, by its own record. */
  readonly time: number;
  /** Epoch ms: arrival at `$upstream`. */
  readonly at: number;
  readonly evidences: readonly Evidence[];
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Evidence {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly process?: { readonly pid: number; readonly cmd_line?: string; readonly user?: { readonly name?: string } };
  readonly actor?: { readonly user: { readonly name?: string; readonly uid?: string } };
  readonly container?: { readonly name?: string; readonly uid: string; readonly image?: { readonly name?: string } };
  readonly src_endpoint?: { readonly ip?: string };
  readonly dst_endpoint?: { readonly ip?: string };
  readonly file?: { readonly path?: string };
  readonly user?: { readonly name?: string };
}

export interface Module {
  readonly rig: Rig;
  readonly pid: number;
  readonly dataDirectory: string;
  /** All findings since the start, in the order of their arrival. */
  readonly findings: readonly Finding[];
  readonly output: string;
  /** The first finding of this alert, for which `fits` holds, that arrives after `since` findings. */
  next(alert: string, fits?: (finding: Finding) => boolean, since?: number, within?: number): Promise<Finding>;
  /** Ends the process and starts it on the same data; `between` runs while it is down. */
  restart(between?: () => void | Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export interface ModuleOptions {
  readonly dockerHost?: string;
  readonly desired?: JsonObject;
  readonly deployment?: unknown;
  /** Sources that must say live or degraded before the start counts as done. */
  readonly awaited?: readonly string[];
  /** More arguments and variables of the process. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** The bundle that `npm run build` makes; VEDETTE_BUNDLE names another one. */
export const bundle = resolve(process.env.VEDETTE_BUNDLE ?? join(import.meta.dirname, "../../../dist/main.js"));

/** As root a module begins with the kernel's audit; its rules take a second to go once the twin has switched it off. */
export async function polls(module: Module): Promise<void> {
  await eventually("/proc is polled", () => module.output.includes("processes: degraded, polled"));
}

/** Starts rig and module; settles when the module is connected and the awaited sources see. */
export async function startModule(options: ModuleOptions = {}): Promise<Module> {
  if (!existsSync(bundle)) throw new Error(`${bundle} is not there: run \`npm run build\` first`);
  const rig = await startRig({ deployment: options.deployment });
  if (options.desired) rig.setDesired(options.desired);
  return launched(new RunningModule(rig, options));
}

/** Launches it; what it has started is stopped again where that fails. */
export async function launched<M extends { launch(): Promise<void>; stop(): Promise<void> }>(module: M): Promise<M> {
  try {
    await module.launch();
  } catch (error) {
    await module.stop();
    throw error;
  }
  return module;
}

/** Puts the alerts that arrive at `$upstream` into the list, until it is unsubscribed. */
export function gatherFindings(rig: Rig, findings: Finding[]): Subscription {
  return rig.upstream
    .pipe(filter(({ output }) => output === "alerts"))
    .subscribe(({ body, at }) => void findings.push(findingOf(JSON.parse(body), at)));
}

class RunningModule implements Module {
  readonly rig: Rig;
  readonly dataDirectory = mkdtempSync(join(tmpdir(), "vedette-data-"));
  readonly findings: Finding[] = [];
  readonly #options: ModuleOptions;
  readonly #subscription: Subscription;
  #child: Child | undefined;

  constructor(rig: Rig, options: ModuleOptions) {
    this.rig = rig;
    this.#options = options;
    this.#subscription = gatherFindings(rig, this.findings);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get output(): string {
    return this.#child?.output ?? "";
  }

  async launch(): Promise<void> {
    const { dockerHost, awaited = [], args = [], env = {} } = this.#options;
    this.#child = await startChild(process.execPath, [bundle, "run", "--data", this.dataDirectory, ...args], {
      env: {
        PATH: process.env.PATH,
        ...this.rig.environment,
        RuntimeLogLevel: "debug",
        ...(dockerHost !== undefined && { DOCKER_HOST: dockerHost }),
        ...env,
      },
    });
    await eventually(
      "the module connects and takes its twin",
      () => {
        if (this.#child?.ended !== undefined) throw new Error(`the module ended: ${this.output}`);
        return this.rig.subscribed("desired") && "lastDesiredVersion" in this.rig.reported;
      },
      20_000,
    ).catch((error) =>
      Promise.reject(new Error(`${error.message}\n${this.output}\n${JSON.stringify(this.rig.reported)}`)),
    );
    for (const source of awaited) await this.#sees(source);
  }

  async #sees(source: string): Promise<void> {
    await eventually(`${source} sees`, () => new RegExp(`${source}: (live|degraded)`).test(this.output), 20_000).catch(
      (error) => Promise.reject(new Error(`${error.message}\n${this.output}`)),
    );
  }

  async next(alert: string, fits: (f: Finding) => boolean = () => true, since = 0, within = 20_000): Promise<Finding> {
    return nextFinding(this.findings, alert, fits, since, within);
  }

  async restart(between?: () => void | Promise<void>): Promise<void> {
    await this.#child?.stop(6_000);
    await between?.();
    await this.launch();
  }

  async stop(): Promise<void> {
    await this.#child?.stop(6_000);
    this.#subscription.unsubscribe();
    await this.rig.close();
    rmSync(this.dataDirectory, { recursive: true, force: true });
  }
}

/** `Module.next` over a list that grows. */
export async function nextFinding(
  findings: readonly Finding[],
  alert: string,
  fits: (finding: Finding) => boolean,
  since: number,
  within: number,
): Promise<Finding> {
  return eventually(
    alert,
    () => findings.slice(since).find((finding) => finding.alert === alert && fits(finding)),
    within,
  ).catch(() => {
    const others = findings.slice(since).map((finding) => `  ${describe(finding)}`);
    throw new Error(`no ${alert} at $upstream within ${within} ms; what came:\n${others.join("\n") || "  nothing"}`);
  });
}

/** One line of a finding, for failures. */
export function describe({ alert, message, evidences }: Finding): string {
  return `${alert}: ${message} ${JSON.stringify(evidences[0]?.data ?? {})} ${evidences[0]?.process?.cmd_line ?? ""}`;
}

/** Reads a message of the output `alerts`; `at`: its arrival, epoch ms. */
function findingOf(body: Record<string, unknown>, at: number): Finding {
  const info = body.finding_info as { analytic: { uid: string } };
  return {
    alert: info.analytic.uid,
    message: String(body.message),
    time: Number(body.time),
    at,
    evidences: (body.evidences ?? []) as Evidence[],
    body,
  };
}

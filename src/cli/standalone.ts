import { relative } from "node:path";
import {
  concat,
  concatAll,
  filter,
  type Observable,
  type OperatorFunction,
  Subject,
  share,
  takeUntil,
  toArray,
} from "rxjs";
import { startRig } from "../../modules-test/rig/rig.ts";
import type { JsonObject } from "../../modules-test/rig/twin.ts";
import { compose } from "../compose.ts";
import { type SourceName, type SourceReported, sourceNames } from "../events/fact.ts";
import { connectHub } from "../hub/edge-hub.ts";
import { methodNames } from "../pipeline/methods.ts";
import type { Status } from "../pipeline/status.ts";
import type { Log } from "../ports.ts";
import { alertLines } from "./alert-line.ts";
import { LineLog, levelFrom } from "./log.ts";
import { deviceFrom, type RunOptions, untilStopped } from "./run.ts";
import { sourceLine } from "./source-line.ts";
import { Terminal } from "./terminal.ts";

/** Harmless, and long enough for a /proc watcher: the published trigger of the classic agent's miner alert. */
const tryThis = `sh -c 'sleep 1; echo cpuminer-multi'`;
/** How long the first look at the sources may take before it is printed as it stands. */
const firstLookMs = 2_500;

/**
 * The module on this machine against the embedded rig: real MQTT over TLS to an edgeHub that ends here. Alerts are
 * printed as they arrive at `$upstream`.
 */
export async function runStandalone(options: RunOptions): Promise<number> {
  const json = options.json || !process.stdout.isTTY;
  const out = new Terminal(process.stdout, process.env);
  const log: Log = new LineLog(json ? levelFrom(process.env) : "error");
  const version = process.env.VEDETTE_VERSION ?? "development";
  const rig = await startRig();
  // The embedded edgeHub's copy is the one that counts once it is connected.
  if (options.initialTwin !== undefined) rig.setDesired(options.initialTwin as JsonObject);
  const introduced = new Subject<void>();
  const printed = json
    ? rig.upstream
    : rig.upstream.pipe(
        filter(({ output }) => output === "alerts"),
        heldUntil(introduced),
      );
  printed.subscribe(({ body }) => console.log(json ? body : alertLines(body, out).join("\n")));
  if (!json)
    console.log(
      `${out.bold(`Vedette ${version}`)} watches this machine. Standalone: its edgeHub is embedded, nothing leaves the machine.\n`,
    );
  let page: string | undefined;
  const hub = connectHub({ environment: rig.environment, log, methods: methodNames });
  const vedette = await compose({
    ...options,
    hub,
    device: deviceFrom(rig.environment),
    version,
    log,
    web: {
      viewByDefault: true,
      anyPort: true,
      onAddress: (url) => {
        page = url;
      },
    },
  }).catch(async (error: unknown) => {
    // What stands already would keep a process alive that watches nothing.
    await hub.close();
    await rig.close();
    throw error;
  });
  if (!json) introduce(vedette.status, out, introduced, () => page);
  else console.error(`vedette: to see an alert, run in another terminal: ${tryThis}`);
  return untilStopped(
    vedette,
    log,
    (reason) => hub.reset(reason),
    () => rig.close(),
  );
}

/** Keeps what comes before `opened` and gives it then, so that the first alert stands below the introduction. */
function heldUntil<T>(opened: Observable<void>): OperatorFunction<T, T> {
  return (source) => {
    const shared = source.pipe(share());
    return concat(shared.pipe(takeUntil(opened), toArray(), concatAll()), shared);
  };
}

/** Prints every source once they have had time to speak, then each change. */
function introduce(status: Status, out: Terminal, introduced: Subject<void>, page: () => string | undefined): void {
  const shown = new Map<SourceName, string>();
  const show = (report: SourceReported) => {
    const text = sourceLine(report, out, process.stdout.columns);
    if (shown.get(report.source) === text) return;
    shown.set(report.source, text);
    console.log(text);
  };
  setTimeout(() => {
    status.sources.subscribe((sources) => {
      for (const source of sourceNames) {
        const report = sources.get(source);
        if (report) show(report);
      }
    });
    const url = page();
    if (url) console.log(`\nThe same as a page, on this machine only:  ${out.bold(url)}`);
    console.log(
      `\nTo see an alert, run in another terminal:  ${out.bold(tryThis)}\nStop with Ctrl-C. What the alerts mean: ${out.bold(`node ${relative(process.cwd(), process.argv[1] ?? "vedette")} alerts`)}\n`,
    );
    introduced.next();
  }, firstLookMs).unref();
}

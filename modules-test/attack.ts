/** The contract of `attacks/<alert-id>.ts`: one deed on a real host that must raise its alert at `$upstream`. */
import type { AlertId } from "../src/alerts/catalogue.ts";
import type { Host } from "./rig/host/host.ts";
import type { Finding } from "./rig/host/module.ts";
import type { Need } from "./rig/host/needs.ts";

export interface Attack {
  readonly alert: AlertId;
  /** Parts of the host without which the deed cannot be done. */
  readonly needs: readonly Need[];
  /**
   * What must be there before, and is not the deed: awaited before the clock starts, and allowed to be silent or not.
   */
  prepare?(host: Host): Promise<void>;
  /** The deed itself: harmless, through the real programs. */
  perform(host: Host): Promise<void>;
  /** Puts back what was changed; runs also when the alert did not come. */
  undo?(host: Host): Promise<void>;
  /** Whether the finding is about this deed and names the right culprit; any finding of the alert when absent. */
  expect?(finding: Finding, host: Host): boolean;
  /** How long the alert may take, ms; default 20000. */
  readonly within?: number;
}

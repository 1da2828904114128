import type { Row } from "../row.ts";
import { auditdRows } from "./auditd.ts";
import { chaosRows } from "./chaos.ts";
import { clockRows } from "./clock.ts";
import { diskRows } from "./disk.ts";
import { engineRows } from "./engine.ts";
import { floodRows } from "./flood.ts";
import { hubRows } from "./hub.ts";
import { killRows } from "./kill.ts";
import { logRows } from "./log.ts";
import { workloadRows } from "./workload.ts";

/** The whole matrix, in the order of the table. */
export const rows: readonly Row[] = [
  ...hubRows,
  ...workloadRows,
  ...engineRows,
  ...auditdRows,
  ...logRows,
  ...diskRows,
  ...killRows,
  ...clockRows,
  ...chaosRows,
  ...floodRows,
];

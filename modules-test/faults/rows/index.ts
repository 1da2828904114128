import type { Row } from "../row.ts";
import { hubRows } from "./hub.ts";
import { killRows } from "./kill.ts";
import { workloadRows } from "./workload.ts";

/** The whole matrix, in the order of the table. */
export const rows: readonly Row[] = [...hubRows, ...workloadRows, ...killRows];

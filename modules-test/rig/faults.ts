/** The knobs of edgeHub: plain fields, read at the moment they matter. All off by default. */
export interface Faults {
  /** Hold every acknowledgement of a telemetry message this long, ms. */
  ackDelay: number;
  /** Accept this many further telemetry messages without ever acknowledging them. Infinity: all. */
  dropAck: number;
  /** Accept this many further telemetry messages and cut the connection instead of acknowledging. */
  closeAfterPublish: number;
  /** Answer CONNECT with "not authorized". */
  rejectAuth: boolean;
  /** Twin reads stay without an answer. */
  ignoreTwinGet: boolean;
  /** Twin reads answer with this status and no body; 0: off. */
  twinGetStatus: number;
  /** Twin reads answer 200 with this text instead of the twin; undefined: off. */
  twinGetBody: string | undefined;
  /** Reported patches stay without an answer. */
  ignoreReported: boolean;
}

export const noFaults = (): Faults => ({
  ackDelay: 0,
  dropAck: 0,
  closeAfterPublish: 0,
  rejectAuth: false,
  ignoreTwinGet: false,
  twinGetStatus: 0,
  twinGetBody: undefined,
  ignoreReported: false,
});

/** What edgeHub counted since the rig started (its own metrics have the same meaning). */
export interface Counters {
  /** CONNECTs accepted and refused. */
  connected: number;
  refused: number;
  /** Telemetry messages accepted, and of these: without a route, too large to route. */
  received: number;
  noRoute: number;
  tooLarge: number;
  /** Twin reads and reported patches; patches that broke a limit. */
  twinReads: number;
  reported: number;
  reportedRefused: number;
}

export const noCounts = (): Counters => ({
  connected: 0,
  refused: 0,
  received: 0,
  noRoute: 0,
  tooLarge: 0,
  twinReads: 0,
  reported: 0,
  reportedRefused: 0,
});

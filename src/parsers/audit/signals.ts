/** kill and its kin -> `signal.sent`, one for each process that OBJ_PID names. Failed calls and probes make none. */
import type { SignalSent } from "../../events/fact.ts";
import { Fields } from "./fields.ts";
import type { DoneCall } from "./process.ts";

export function signalFacts(done: DoneCall): SignalSent[] {
  const { event, call, fields, succeeded } = done;
  const signal = fields.hex(call.value ?? " a1=");
  if (!succeeded || signal === 0) return [];
  const process = done.process();
  return event.targets.flatMap((piece) => {
    const target = new Fields(piece);
    const pid = target.number(" opid=");
    if (pid === undefined) return [];
    const comm = target.string(" ocomm=");
    const to = comm === undefined ? { pid } : { pid, comm };
    return [{ kind: "signal.sent", at: event.at, signal, target: to, process }] satisfies SignalSent[];
  });
}

/** What one session holds, begun together or not at all. */
import { AuditControl } from "./control.ts";
import { refuseToBegin } from "./precondition.ts";
import { Reading, type Readings } from "./reading.ts";
import { AuditSocket } from "./socket.ts";
import { type Found, Tenure } from "./tenure.ts";

/** Some 8,000 records; without CAP_NET_ADMIN the host's `rmem_max` (208 KiB by default), with the backlog behind it. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;

export interface Parts {
  readonly control: AuditControl;
  readonly socket: AuditSocket;
  readonly tenure: Tenure;
  readonly reading: Reading;
  /** The kernel's count of lost records at the beginning. */
  readonly lost: number;
}

/** @throws SourceAbsent, Refused, NoForeignCalls; then nothing is left on the host */
export function begin(receiveBuffer: number | undefined, saved: Found | undefined, readings: Readings): Parts {
  const control = new AuditControl();
  let socket: AuditSocket | undefined;
  let reading: Reading | undefined;
  try {
    const before = control.status();
    refuseToBegin(before);
    socket = new AuditSocket();
    socket.receiveBuffer(receiveBuffer ?? RECEIVE_BUFFER);
    reading = new Reading(socket, readings);
    return { control, socket, reading, lost: before.lost, tenure: new Tenure(control, socket, before, saved) };
  } catch (error) {
    control.close();
    if (reading) reading.stop(() => socket?.close());
    else socket?.close();
    throw error;
  }
}

/**
 * Messages of other modules and downstream devices that a route brings to the `telemetry` input:
 * `FROM /messages/* INTO BrokeredEndpoint("/modules/vedette/inputs/telemetry")`. The body is measured, never read.
 *
 * Blind spot: without such a route nothing is seen, and nothing tells that it is missing. Input messages may be lost
 * when the SDK renews its token (azure-iot-sdk-node issue 1215), so a single missing message means nothing.
 */
import { concat, filter, map, type Observable, of } from "rxjs";
import type { Fact } from "../events/fact.ts";
import type { InputMessage, Stream } from "../ports.ts";

const telemetryInput = "telemetry";
/** IoT Hub allows 128 characters for device and module ids. */
const maxId = 128;

export function telemetry(inputs: Observable<InputMessage>, now: () => number = Date.now): Stream {
  return {
    source: "telemetry",
    open: () =>
      concat(
        of<Fact>({ kind: "source.reported", at: now(), source: "telemetry", state: "live", reason: "" }),
        inputs.pipe(
          filter(({ input, deviceId }) => input === telemetryInput && deviceId !== undefined && deviceId !== ""),
          map(
            ({ deviceId, moduleId, body }): Fact => ({
              kind: "message.seen",
              at: now(),
              deviceId: (deviceId as string).slice(0, maxId),
              ...(moduleId !== undefined && { moduleId: moduleId.slice(0, maxId) }),
              bytes: body.length,
            }),
          ),
        ),
      ),
  };
}

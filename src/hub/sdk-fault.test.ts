import { describe, expect, test } from "vitest";
import { isSdkFault } from "./sdk-fault.ts";

const thrownAt = (frame: string, error = new TypeError("Cannot read properties of undefined (reading 'desired')")) => {
  error.stack = `${error.name}: ${error.message}\n    at ${frame}\n    at node:internal/process/task_queues:95:5`;
  return error;
};

describe("an error of the SDK", () => {
  test.each([
    "Twin.get (/app/node_modules/azure-iot-device/dist/twin.js:70:75)",
    "MqttTwinClient._onMqttMessage (C:\\app\\node_modules\\azure-iot-device-mqtt\\dist\\mqtt_twin_client.js:1:1)",
    "MqttClient.x (/app/node_modules/mqtt/lib/client.js:1:1)",
  ])("is known by the frame that threw: %s", (frame) => expect(isSdkFault(thrownAt(frame))).toBe(true));

  test("thrown from within Node on the SDK's behalf is known by the first frame outside", () => {
    const error = thrownAt(
      "JSON.parse (node:internal/x:1:1)\n    at f (/app/node_modules/azure-iot-device-mqtt/dist/m.js:1:1)",
    );
    expect(isSdkFault(error)).toBe(true);
  });

  test("is known by its class where the frames say nothing", () => {
    class NotConnectedError extends Error {}
    expect(isSdkFault(thrownAt("x (/app/dist/main.js:1:1)", new NotConnectedError("lost")))).toBe(true);
  });

  test("is not one of ours that the SDK merely called", () => {
    const error = thrownAt(
      "ours (/app/dist/main.js:1:1)\n    at sdk (/app/node_modules/azure-iot-device/dist/twin.js:1:1)",
    );
    expect(isSdkFault(error)).toBe(false);
  });

  test("is not a path that only sounds like it, nor something that is no error", () => {
    expect(isSdkFault(thrownAt("x (/app/node_modules/mqtt-other/index.js:1:1)"))).toBe(false);
    expect(isSdkFault("NotConnectedError")).toBe(false);
    expect(isSdkFault(undefined)).toBe(false);
  });
});

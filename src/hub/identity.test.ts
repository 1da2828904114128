import { describe, expect, test } from "vitest";
import { HubNotConfigured, readIdentity } from "./identity.ts";

const EDGE = {
  IOTEDGE_WORKLOADURI: "unix:///var/run/iotedge/workload.sock",
  IOTEDGE_AUTHSCHEME: "sasToken",
  IOTEDGE_MODULEGENERATIONID: "g1",
  IOTEDGE_IOTHUBHOSTNAME: "hub1.azure-devices.net",
  IOTEDGE_GATEWAYHOSTNAME: "gate",
  IOTEDGE_DEVICEID: "d",
  IOTEDGE_MODULEID: "m",
};

describe("the hub's identity", () => {
  test("comes from what edgeAgent sets", () => {
    expect(readIdentity(EDGE)).toEqual({
      hubHostname: "hub1.azure-devices.net",
      gateway: "gate",
      deviceId: "d",
      moduleId: "m",
      credentials: { kind: "workload", uri: "unix:///var/run/iotedge/workload.sock", generationId: "g1" },
    });
  });

  test("dials the hub itself where no gateway is named", () => {
    expect(readIdentity({ ...EDGE, IOTEDGE_GATEWAYHOSTNAME: undefined }).gateway).toBe("hub1.azure-devices.net");
  });

  test("prefers a connection string, whose key may end in equals signs", () => {
    const EdgeHubConnectionString =
      "HostName=h;GatewayHostName=g:1;DeviceId=d2;ModuleId=m2;SharedAccessKey=c2VjcmV0IQ==";
    expect(readIdentity({ ...EDGE, EdgeHubConnectionString, EdgeModuleCACertificateFile: "/ca.pem" })).toEqual({
      hubHostname: "h",
      gateway: "g:1",
      deviceId: "d2",
      moduleId: "m2",
      credentials: { kind: "key", key: Buffer.from("secret!") },
      caFile: "/ca.pem",
    });
  });

  test.each(Object.keys(EDGE).filter((name) => name !== "IOTEDGE_GATEWAYHOSTNAME"))("is missing without %s", (name) => {
    expect(() => readIdentity({ ...EDGE, [name]: undefined })).toThrow(HubNotConfigured);
    expect(() => readIdentity({ ...EDGE, [name]: undefined })).toThrow(name);
  });

  test("takes no other scheme, and no connection string without a module", () => {
    expect(() => readIdentity({ ...EDGE, IOTEDGE_AUTHSCHEME: "x509" })).toThrow("x509 is not supported");
    expect(() => readIdentity({ EdgeHubConnectionString: "HostName=h;DeviceId=d;SharedAccessKey=x" })).toThrow(
      "no ModuleId",
    );
  });
});

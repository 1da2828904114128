import { describe, expect, test } from "vitest";
import { checkSas, digest } from "./sas.ts";

const audience = { hubHostname: "hub1.azure-devices.net", deviceId: "d", moduleId: "m" };
const key = Buffer.from("secret");
const NOW = 1_700_000_000_000;

function token({
  resource = "hub1.azure-devices.net/devices/d/modules/m",
  expiry = NOW / 1000 + 60,
  by = key,
  order = "sr,sig,se",
} = {}): string {
  const sr = encodeURIComponent(resource);
  const fields = { sr, sig: encodeURIComponent(digest(by, Buffer.from(`${sr}\n${expiry}`))), se: String(expiry) };
  return `SharedAccessSignature ${order
    .split(",")
    .map((name) => `${name}=${fields[name as keyof typeof fields]}`)
    .join("&")}`;
}

describe("shared access signatures", () => {
  test("a good one passes, in any order of its fields", () => {
    expect(checkSas(token(), audience, key, NOW)).toEqual({ expiry: NOW / 1000 + 60 });
    expect(checkSas(token({ order: "se,sr,sig" }), audience, key, NOW).refused).toBeUndefined();
  });

  test.each([
    [
      "another module's audience",
      token({ resource: "hub1.azure-devices.net/devices/d/modules/other" }),
      "wrong audience",
    ],
    ["the device's audience", token({ resource: "hub1.azure-devices.net/devices/d" }), "wrong audience"],
    ["another key", token({ by: Buffer.from("guess") }), "wrong signature"],
    ["a later expiry written over a signed one", token().replace(/se=\d+/, `se=${NOW / 1000 + 61}`), "wrong signature"],
    ["an expiry of now", token({ expiry: NOW / 1000 }), "expired"],
    ["no expiry", token().replace(/&se=\d+/, ""), "expired"],
    ["no token", "password", "not a shared access signature"],
    ["a broken escape", "SharedAccessSignature sr=%&sig=%&se=1", "wrong audience"],
  ])("%s is refused", (_, text, refused) => {
    expect(checkSas(text, audience, key, NOW).refused).toBe(refused);
  });

  test("one second before its expiry a token is good", () => {
    expect(checkSas(token({ expiry: NOW / 1000 + 1 }), audience, key, NOW).refused).toBeUndefined();
  });
});

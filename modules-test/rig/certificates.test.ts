import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createAuthority } from "./certificates.ts";
import { integer, oid, time, tlv } from "./der.ts";

describe("certificates", () => {
  const authority = createAuthority("test root");
  const issued = authority.issue("edgehub", ["localhost", "127.0.0.1"], "server", 10);
  const [root, leaf] = [authority.certificate, issued.certificate].map((pem) => new X509Certificate(pem)) as [
    X509Certificate,
    X509Certificate,
  ];

  test("a root signs itself and what it issues, and nothing of another root", () => {
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    const stranger = new X509Certificate(createAuthority("test root").certificate);
    expect(leaf.verify(stranger.publicKey)).toBe(false);
  });

  test("the names are those asked for, and no others", () => {
    expect(leaf.checkHost("localhost")).toBe("localhost");
    expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(leaf.checkHost("edgehub.example")).toBeUndefined();
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  });

  test("the key belongs to the certificate, and the time is as asked", () => {
    expect(leaf.checkPrivateKey(createPrivateKey(issued.privateKey))).toBe(true);
    const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / 86_400_000;
    expect(days).toBe(10);
  });
});

describe("DER", () => {
  test("lengths change their form at 128 and at 256", () => {
    const head = (size: number) =>
      tlv(0x04, Buffer.alloc(size))
        .subarray(0, tlv(0x04, Buffer.alloc(size)).length - size)
        .toString("hex");
    expect([127, 128, 255, 256].map(head)).toEqual(["047f", "048180", "0481ff", "04820100"]);
  });

  test("integers stay positive and minimal", () => {
    const hex = (...bytes: number[]) => integer(Buffer.from(bytes)).toString("hex");
    expect([hex(0), hex(0x7f), hex(0x80), hex(0, 0, 1)]).toEqual(["020100", "02017f", "02020080", "020101"]);
  });

  test("object identifiers and times as in the standards", () => {
    expect(oid("1.2.840.10045.4.3.2").toString("hex")).toBe("06082a8648ce3d040302");
    expect(time(new Date("2049-12-31T23:59:59Z")).toString("latin1")).toBe("\x17\x0d491231235959Z");
    expect(time(new Date("2050-01-01T00:00:00Z")).toString("latin1")).toBe("\x18\x0f20500101000000Z");
  });
});

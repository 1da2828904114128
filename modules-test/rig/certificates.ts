/** Certificates for the rig: an EC P-256 authority and what it issues, with node:crypto only (no openssl needed). */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { bitString, boolean, context, integer, octetString, oid, sequence, set, time, utf8String } from "./der.ts";

export interface Issued {
  /** PEM. */
  readonly certificate: string;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
}

export interface Authority {
  /** The root, PEM: what the trust bundle carries. */
  readonly certificate: string;
  /** A leaf for these DNS names or IP addresses, valid from five minutes ago for `days`. */
  issue(commonName: string, names: readonly string[], usage: "server" | "client", days?: number): Issued;
}

const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2")); // RFC 5758 3.2
const CLOCK_SKEW = 5 * 60_000;
const DAY = 86_400_000;

/** A new self-signed root. */
export function createAuthority(commonName = "rig root CA", days = 30): Authority {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certificate = build(commonName, commonName, publicKey, privateKey, publicKey, days, authorityExtensions());
  return {
    certificate,
    issue(leafName, names, usage, leafDays = days) {
      const leaf = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const extensions = leafExtensions(names, usage);
      return {
        certificate: build(leafName, commonName, leaf.publicKey, privateKey, publicKey, leafDays, extensions),
        privateKey: leaf.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      };
    },
  };
}

/** RFC 5280 4.1: TBSCertificate, signed by the issuer. */
function build(
  subject: string,
  issuer: string,
  subjectKey: KeyObject,
  issuerKey: KeyObject,
  issuerPublic: KeyObject,
  days: number,
  extensions: readonly Buffer[],
): string {
  const from = new Date(Date.now() - CLOCK_SKEW);
  const tbs = sequence(
    context(0, integer(Buffer.from([2])), true),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    name(issuer),
    sequence(time(from), time(new Date(from.getTime() + days * DAY))),
    name(subject),
    spki(subjectKey),
    context(3, sequence(...extensions, ...keyIdentifiers(subjectKey, issuerPublic)), true),
  );
  const der = sequence(tbs, ECDSA_WITH_SHA256, bitString(sign("sha256", tbs, issuerKey)));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
const name = (commonName: string): Buffer => sequence(set(sequence(oid("2.5.4.3"), utf8String(commonName))));

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));

function keyIdentifiers(subjectKey: KeyObject, issuerKey: KeyObject): Buffer[] {
  const id = (key: KeyObject) => createHash("sha1").update(spki(key)).digest();
  return [
    extension("2.5.29.14", octetString(id(subjectKey))),
    extension("2.5.29.35", sequence(context(0, id(issuerKey), false))),
  ];
}

/** cA TRUE; keyCertSign and cRLSign (bits 5 and 6). */
const authorityExtensions = (): Buffer[] => [
  extension("2.5.29.19", sequence(boolean(true)), true),
  extension("2.5.29.15", bitString(Buffer.from([0b0000_0110]), 1), true),
];

/** digitalSignature (bit 0), serverAuth or clientAuth, and the names. */
function leafExtensions(names: readonly string[], usage: "server" | "client"): Buffer[] {
  const purpose = usage === "server" ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2";
  return [
    extension("2.5.29.19", sequence(), true),
    extension("2.5.29.15", bitString(Buffer.from([0b1000_0000]), 7), true),
    extension("2.5.29.37", sequence(oid(purpose))),
    ...(names.length > 0 ? [extension("2.5.29.17", sequence(...names.map(generalName)))] : []),
  ];
}

/** RFC 5280 4.2.1.6: dNSName [2] or iPAddress [7]. IPv6 literals are not used by the rig and not supported. */
function generalName(host: string): Buffer {
  if (isIP(host) === 4) return context(7, Buffer.from(host.split(".").map(Number)), false);
  if (isIP(host) === 6) throw new RangeError(`IPv6 subject alternative name ${host} is not supported`);
  return context(2, Buffer.from(host, "ascii"), false);
}

/** What a connection needs anew each time: a token, and the roots to trust. */
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { HubIdentity } from "./identity.ts";
import { workloadApi } from "./workload.ts";

export interface CredentialSource {
  /** A shared access signature good for at least `lifetime` seconds. Rejects when the workload API does not sign. */
  token(lifetime: number): Promise<string>;
  /** PEM, or undefined: Node's own roots. Read at every connection, so a changed authority is followed. */
  authority(): Promise<string | undefined>;
}

/** `timeout`: for each call of the workload API, ms. */
export function credentialSource(identity: HubIdentity, timeout: number): CredentialSource {
  const { credentials, caFile } = identity;
  if (credentials.kind === "key") {
    const sign = async (data: string) => createHmac("sha256", credentials.key).update(data).digest("base64");
    return {
      token: (lifetime) => createToken(identity, lifetime, sign),
      authority: async () => (caFile === undefined ? undefined : readFile(caFile, "utf8")),
    };
  }
  const api = workloadApi(credentials.uri, identity.moduleId, credentials.generationId, timeout);
  return { token: (lifetime) => createToken(identity, lifetime, api.sign), authority: api.trustBundle };
}

/**
 * `SharedAccessSignature sr=<resource>&sig=<signature>&se=<expiry>`: signed is the percent-encoded resource, a line feed
 * and the expiry in seconds (learn.microsoft.com/azure/iot-hub/iot-hub-dev-guide-sas).
 */
async function createToken(
  { hubHostname, deviceId, moduleId }: HubIdentity,
  lifetime: number,
  sign: (data: string) => Promise<string>,
): Promise<string> {
  const resource = encodeURIComponent(`${hubHostname}/devices/${deviceId}/modules/${moduleId}`);
  const expiry = Math.ceil(Date.now() / 1000) + lifetime;
  const signature = encodeURIComponent(await sign(`${resource}\n${expiry}`));
  return `SharedAccessSignature sr=${resource}&sig=${signature}&se=${expiry}`;
}

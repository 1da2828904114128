/** When a connection's token has to be renewed. */
import type { Log } from "../ports.ts";
import type { CredentialSource } from "./credentials.ts";
import { backoff, type HubTiming, pause } from "./timing.ts";

/**
 * Resolves at three quarters of the token's life, as soon as the workload API signs; it keeps asking while it does not,
 * because a connection on the old token is better than none. False when the signal came first. Never rejects.
 */
export async function renewalDue(
  credentials: CredentialSource,
  { token, retryFirst, retryMost }: Pick<HubTiming, "token" | "retryFirst" | "retryMost">,
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  await pause(token * 0.75, signal);
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await credentials.token(token / 1000);
      return !signal.aborted;
    } catch (error) {
      log.warn(`token not renewed: ${(error as Error).message}; the connection stays on the old one`);
      await pause(backoff(failures, retryFirst, retryMost), signal);
    }
  }
  return false;
}

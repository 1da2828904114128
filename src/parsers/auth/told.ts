/** What one message of an authenticating program says, before time and pid are added. */
import { isIP } from "node:net";
import type { Endpoint, LoginMethod } from "../../events/fact.ts";

export interface Told {
  /**
   * `suspected`: a failure only if the program does not speak for itself before the connection closes;
   * `closed`: the connection ended before authentication, which settles a suspicion;
   * `entered`: a session that is a success unless the same process says more within seconds.
   */
  readonly outcome: "failed" | "succeeded" | "suspected" | "closed" | "entered";
  readonly service: string;
  readonly teller: string;
  readonly user?: string;
  readonly source?: Endpoint;
  readonly method?: LoginMethod;
  readonly terminal?: string;
  readonly unknownUser?: boolean;
  readonly autologin?: boolean;
  readonly attempts?: number;
}

/** Address or name as a log writes it -> endpoint; undefined for "", "?", "UNKNOWN" and a terminal's path. */
export function endpoint(host: string, port?: string): Endpoint | undefined {
  let text = host.length > 255 ? host.slice(0, 255) : host;
  if (text.charCodeAt(0) === 91 && text.endsWith("]")) text = text.slice(1, -1);
  const number = port === undefined ? undefined : Number(port);
  const rest = number !== undefined && number > 0 && number < 65_536 ? { port: number } : undefined;
  if (isIP(text) === 0) {
    const name = text.toLowerCase();
    if (name === "" || name === "?" || name === "unknown" || name.startsWith("/")) return undefined;
    return { hostname: name, ...rest };
  }
  const zone = text.indexOf("%");
  if (zone > 0) text = text.slice(0, zone);
  if (text.includes(":")) text = text.toLowerCase().replace(/^(?:::|0(?::0){4}:)ffff:(?=\d+\.)/, "");
  return { ip: text, ...rest };
}

/** A user name is data of any shape: clipped, nothing else. */
export function clip(user: string): string {
  return user.length > 256 ? user.slice(0, 256) : user;
}

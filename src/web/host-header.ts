import { isIP } from "node:net";

/**
 * Whether a request's Host header names this server. A page of a stranger whose name was rebound to our address
 * (DNS rebinding) sends its own name here, and must not read alerts through the operator's browser; an address or
 * `localhost` cannot be rebound.
 *
 * @param own further names under which the module is reached, lower case
 */
export function isOwnHost(header: string | undefined, own: ReadonlySet<string>): boolean {
  if (header === undefined || header.length > 260) return false;
  const bracketed = /^\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?$/.exec(header)?.[1];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  const name = /^([^:[\]/@\s]+)(?::\d{1,5})?$/.exec(header)?.[1]?.toLowerCase().replace(/\.$/, "");
  return name !== undefined && (isIP(name) === 4 || name === "localhost" || own.has(name));
}

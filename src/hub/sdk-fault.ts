/** Telling an error of the Azure SDK from one of ours, for the process-level guard. */

/** Packages below `azure-iot-device` that run timers or sockets of their own. */
const FRAME = /[\\/]node_modules[\\/](?:azure-iot-[a-z-]+|mqtt|mqtt-packet|machina|mqtt-connection|duplexify)[\\/]/;
/** azure-iot-common's error classes (lib/errors.js); their names survive bundling. */
const NAMES = new Set([
  "DeviceTimeoutError",
  "FormatError",
  "InternalServerError",
  "MessageTooLargeError",
  "NotConnectedError",
  "NotImplementedError",
  "OperationCancelledError",
  "ServiceUnavailableError",
  "UnauthorizedError",
]);

let sdkChunk: string | undefined;

/** Called by the lazily loaded session: in a split bundle its file is the SDK's file too. */
export function loadedFrom(chunkUrl: string): void {
  const ours = fileOf(import.meta.url);
  const theirs = fileOf(chunkUrl);
  if (theirs !== ours && !theirs.endsWith(".ts")) sdkChunk = theirs;
}

/**
 * True when an uncaught error came out of the SDK rather than of this module: it then costs the connection, which is
 * rebuilt, and not the process. Judged by the error's class and by the frame that threw.
 *
 * Blind spot: in a bundle that is one single file, an error without one of the SDK's names cannot be told from ours, and
 * counts as ours.
 */
export function isSdkFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (NAMES.has(error.name) || NAMES.has(error.constructor.name)) return true;
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  const thrower = frames.find((line) => !/\(?node:/.test(line)) ?? "";
  return FRAME.test(thrower) || (sdkChunk !== undefined && thrower.includes(sdkChunk));
}

const fileOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);

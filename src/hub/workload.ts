/**
 * The two calls of the workload API that a connection needs.
 *
 * edgelet/api/workload.yaml of Azure/iotedge, version 2018-06-28, over the unix socket that edgeAgent mounts (or http in
 * development). Written here because the SDK's own client has no timeout: it hangs while the daemon hangs.
 */
import { type IncomingMessage, type RequestOptions, request } from "node:http";

const VERSION = "2018-06-28";
const MOST_BYTES = 1024 * 1024;

export interface WorkloadApi {
  /** PEM roots to trust. Rejects with the daemon's message, the socket's error, or after `timeout` ms. */
  trustBundle(): Promise<string>;
  /** HMAC-SHA256 of `data` with the module's key, base64. Rejects as above. */
  sign(data: string): Promise<string>;
}

/** `uri`: unix:///path or http://host:port. */
export function workloadApi(uri: string, moduleId: string, generationId: string, timeout: number): WorkloadApi {
  const base = `/modules/${encodeURIComponent(moduleId)}/genid/${encodeURIComponent(generationId)}`;
  const target = targetOf(uri);
  return {
    trustBundle: () => field(call(target, "GET", "/trust-bundle", undefined, timeout), "certificate"),
    sign: (data) => {
      const body = { keyId: "primary", algo: "HMACSHA256", data: Buffer.from(data).toString("base64") };
      return field(call(target, "POST", `${base}/sign`, body, timeout), "digest");
    },
  };
}

function targetOf(uri: string): RequestOptions {
  const url = new URL(uri);
  return url.protocol === "unix:" ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 80 };
}

async function field(answer: Promise<unknown>, name: string): Promise<string> {
  const value = ((await answer) as Record<string, unknown> | null)?.[name];
  if (typeof value !== "string" || value === "") throw new Error(`workload API: answer without ${name}`);
  return value;
}

function call(target: RequestOptions, method: string, path: string, body: unknown, timeout: number): Promise<unknown> {
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers =
    body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new Error(`workload API: ${error.message}`, { cause: error }));
    const options = { ...target, method, path: `${path}?api-version=${VERSION}`, headers, agent: false };
    const outgoing = request({ ...options, signal: AbortSignal.timeout(timeout) }, (response) => {
      read(response).then(resolve, fail);
    });
    outgoing.on("error", (error) =>
      fail(error.name === "AbortError" || error.name === "TimeoutError" ? late(timeout) : error),
    );
    outgoing.end(text);
  });
}

const late = (timeout: number): Error => new Error(`no answer within ${timeout / 1000} s`);

async function read(response: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    text += chunk as string;
    if (text.length > MOST_BYTES) throw new Error("answer too large");
  }
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return JSON.parse(text);
  throw new Error(`${status} ${messageOf(text)}`.trim());
}

/** edged answers errors as {"message": "..."}. */
function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? "");
  } catch {
    return "";
  }
}

/** How one list comes from an https address: conditional, bounded, over https at every step. */
import { parsedUrl } from "../operators/parsed-url.ts";

/** The server or the way to it is the trouble, not the list: no word against the configuration. */
export class ListUnreachable extends Error {
  override readonly name = "ListUnreachable";
}

export interface Download {
  /** Undefined: the server says that nothing changed. */
  readonly content: AsyncIterable<Uint8Array> | undefined;
  readonly etag: string | undefined;
}

const timeoutMs = 120_000;
const mostRedirects = 5;

/**
 * Asks for the list. The body is read as it comes; its size is the reader's to bound.
 *
 * @param etag that of the copy we have
 * Rejects with ListUnreachable where another attempt may help (no connection, 5xx, 408, 429), else with an Error.
 */
export async function download(
  url: string,
  etag: string | undefined,
  get: typeof fetch,
  signal: AbortSignal,
): Promise<Download> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const response = await followed(url, etag === undefined ? {} : { "if-none-match": etag }, get, limit);
  if (response.status === 304) return { content: undefined, etag };
  if (!response.ok) {
    await response.body?.cancel();
    const text = `the server answered ${response.status} ${response.statusText}`.trimEnd();
    throw response.status >= 500 || [408, 429].includes(response.status) ? new ListUnreachable(text) : new Error(text);
  }
  return { content: bodyOf(response), etag: response.headers.get("etag") ?? undefined };
}

/** Follows redirections itself, so that not one step leaves https. */
async function followed(
  url: string,
  headers: Record<string, string>,
  get: typeof fetch,
  signal: AbortSignal,
): Promise<Response> {
  let at = url;
  for (let step = 0; step <= mostRedirects; step++) {
    if (!at.startsWith("https:")) throw new Error("it redirects away from https");
    const response = await get(at, { headers, redirect: "manual", signal }).catch((error: unknown) => {
      throw new ListUnreachable(causeOf(error));
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === null) return response;
    await response.body?.cancel();
    const next = parsedUrl(location, at);
    if (!next) throw new Error("it redirects to something that is no URL");
    at = next.href;
  }
  throw new Error(`it redirects more than ${mostRedirects} times`);
}

/** A connection that breaks in the middle is the way's fault too. */
async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new ListUnreachable(causeOf(error));
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** fetch says "fetch failed"; what happened stands below. */
function causeOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}

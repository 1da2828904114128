/**
 * The URL, or undefined where the text is none. Never throws.
 *
 * Not `URL.canParse`: once the engine calls it by its fast path, Node 20 answers true for some texts with Latin-1
 * letters (`http://á`) that `new URL` then refuses.
 */
export function parsedUrl(text: string, base?: URL | string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

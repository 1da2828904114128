/** Serves small files on the loopback, for deeds that fetch something. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface DownloadServer {
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** What this path answers with. */
  put(path: string, content: string | Buffer): void;
  /** Paths that were asked for, and bodies that were sent. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly bytes: number }[];
  stop(): Promise<void>;
}

/** Listens on all loopback addresses, so that 127.66.0.1 can play a listed host. */
export async function startDownloadServer(): Promise<DownloadServer> {
  const files = new Map<string, string | Buffer>();
  const requests: { method: string; path: string; bytes: number }[] = [];
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on("end", () => {
      const path = (request.url ?? "/").split("?", 1)[0] as string;
      requests.push({ method: request.method ?? "", path, bytes });
      const content = files.get(path);
      response.writeHead(content === undefined && request.method === "GET" ? 404 : 200).end(content ?? "");
    });
  });
  await new Promise<void>((open) => server.listen(0, "0.0.0.0", open));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    put: (path, content) => void files.set(path, content),
    requests,
    stop: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

/** A real lighttpd as www-data whose `.php` files are shell scripts run by CGI: a web shell without PHP. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild, startChild } from "./child.ts";
import { freePort, listening } from "./port.ts";

export interface WebServer {
  readonly url: string;
  /** Outside the watched web roots, so that files placed by the suite are no deed. */
  readonly root: string;
  /** Puts a script there that runs the value of the query `cmd`, as `ws.php?cmd=whoami` would. */
  plantShell(name: string): void;
  stop(): Promise<void>;
}

export async function startWebServer(): Promise<WebServer> {
  const directory = mkdtempSync(join(tmpdir(), "web-"));
  const root = join(directory, "root");
  const port = await freePort();
  mkdirSync(root);
  const file = join(directory, "lighttpd.conf");
  writeFileSync(file, configuration(root, port));
  await runChild("chmod", ["-R", "a+rX", directory]);
  const daemon = await startChild("lighttpd", ["-D", "-f", file]);
  await listening(port, () => daemon.ended !== undefined && `lighttpd ended: ${daemon.output}`);
  return {
    url: `http://127.0.0.1:${port}`,
    root,
    plantShell(name) {
      writeFileSync(join(root, name), `printf 'Content-Type: text/plain\\r\\n\\r\\n'\n\${QUERY_STRING#cmd=}\n`);
      chmodSync(join(root, name), 0o644);
    },
    async stop() {
      await daemon.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function configuration(root: string, port: number): string {
  return `server.modules = ("mod_cgi")
server.document-root = "${root}"
server.bind = "127.0.0.1"
server.port = ${port}
server.username = "www-data"
server.groupname = "www-data"
cgi.assign = (".php" => "/bin/sh")
`;
}

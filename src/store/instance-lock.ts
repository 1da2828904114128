import { mkdirSync, openSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";

/** The data folder is in use by a living process. */
export class FolderInUse extends Error {}

/**
 * Takes a data folder for this process: a listening unix socket in it, which the kernel releases however the process
 * ends, and which also works between containers that share the volume. Rejects with FolderInUse when another process
 * answers on it, and with the fs error when the folder cannot be written.
 */
export async function lockFolder(directory: string): Promise<() => void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Through the directory's descriptor, since a socket path may have 107 bytes only (unix(7)).
  const path = `/proc/self/fd/${openSync(directory, "r")}/lock`;
  try {
    return releaser(await listen(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
  }
  if (await answers(path)) {
    throw new FolderInUse(
      `${directory} is in use by another vedette; stop it or give this one its own folder (--data DIR)`,
    );
  }
  unlinkSync(path);
  return releaser(await listen(path));
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

function releaser(server: Server): () => void {
  return () => server.close();
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
  });
}

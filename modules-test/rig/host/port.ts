import { type AddressInfo, connect, createServer } from "node:net";
import { eventually } from "./child.ts";

/** A loopback port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((settle, refuse) => {
    const server = createServer().once("error", refuse);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => settle(port));
    });
  });
}

/** Waits until something accepts connections on the loopback port; `failed` names why it never will. */
export async function listening(port: number, failed: () => string | false, within = 10_000): Promise<void> {
  await eventually(
    `something listens on port ${port}`,
    async () => {
      const reason = failed();
      if (reason) throw new Error(reason);
      return accepts(port);
    },
    within,
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      settle(true);
    });
    socket.once("error", () => settle(false));
  });
}

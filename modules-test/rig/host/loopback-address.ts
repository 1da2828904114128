import { runChild } from "./child.ts";

/** Puts another address on the loopback interface: what is sent there never leaves this host. */
export async function loopbackAddress(address: string): Promise<{ stop(): Promise<void> }> {
  await runChild("ip", ["address", "replace", `${address}/32`, "dev", "lo"]);
  return {
    stop: async () => void (await runChild("ip", ["address", "del", `${address}/32`, "dev", "lo"], { tolerant: true })),
  };
}

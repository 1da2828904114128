/**
 * A shell itself called connect(2): bash's `/dev/tcp`, typed at a prompt or hidden in encoded text, needs no program
 * whose command line would tell.
 *
 * Blind spot: a connection that another program opened and handed to the shell. A health check in a script
 * (`</dev/tcp/db/5432`) looks the same, so a shell that runs a script file is reported with low confidence, and one
 * whose `-c` text is readable is judged by that text.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { addressClass, isLoopback } from "./knowledge/addresses.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { isShell, shellCall } from "./knowledge/interpreters.ts";
import { basename } from "./knowledge/paths.ts";

/** DNS, Kerberos, LDAP, LDAPS: what name lookups inside a shell (completion, `~user`) dial. IANA port registry. */
const lookups = new Set([53, 88, 389, 636, 853]);

/** Ports of services that a device asks for at home (IANA): mail, MQTT, databases, queues. No shell listens there. */
const services = new Set([
  22, 25, 110, 143, 502, 1883, 8883, 5432, 3306, 6379, 5671, 5672, 9092, 27017, 2181, 11211, 9200, 8086,
]);

/** `</dev/tcp/db/5432` typed at a prompt: is it up? */
function probes(ip: string, port: number): boolean {
  return services.has(port) && addressClass(ip) === "private";
}

export const reverseShellSocket = matcher({
  alert: "reverse-shell",
  on: ["socket.connected"],
  settings: z.object({}),
  match({ destination, process }): Match | undefined {
    if (!process || !isShell(basename(process.exe))) return undefined;
    const { ip, port } = destination;
    if (!ip || !port || lookups.has(port) || isLoopback(ip)) return undefined;
    const call = shellCall(process.argv.slice(1));
    // Readable text was judged when the process started; only its /dev/tcp without a shell comes here.
    if (call.script !== undefined && commandLine(process).text.includes("/dev/")) return undefined;
    if (belowPackageManager(process)) return undefined;
    return {
      subject: `reverse shell ${ip}`,
      reason: `the shell ${process.exe} itself connected to ${ip}:${port}`,
      confidence: call.file === undefined && !probes(ip, port) ? "medium" : "low",
      evidence: { process, container: process.container, destination },
    };
  },
});

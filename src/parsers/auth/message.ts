/** Which program's messages are read by whom. */
import { console } from "./console.ts";
import { su, sudo } from "./elevation.ts";
import { isNetworkService, networkService } from "./network-services.ts";
import { pam } from "./pam.ts";
import { serviceFamily } from "./service.ts";
import { sshd } from "./sshd.ts";
import type { SyslogLine } from "./syslog-line.ts";
import type { Told } from "./told.ts";

/** Solaris' message id, and the kernel's clock where a logger repeats it. */
const PREFIX = /^(?:\[ID \d{1,9} [a-z0-9.]{1,32}\] )?(?:kernel: ?\[ {0,12}\d{1,12}\.\d{1,9}\]:? )?/;

/** Undefined: nothing about a login. */
export function tell(line: SyslogLine): Told | undefined {
  const { program } = line;
  const first = line.message.charCodeAt(0);
  // `[ID`, `kernel:`: two bytes decide that nothing has to be cut
  const message = first === 91 || first === 107 ? line.message.replace(PREFIX, "") : line.message;
  if (message.startsWith("pam_") || message.startsWith("(pam_") || (first > 47 && first < 58) || first === 97) {
    const told = pam(program, message);
    if (told) return told;
  }
  const service = serviceFamily(program);
  if (service === "sshd") return sshd(message);
  if (service === "login") return console(message);
  if (service === "su") return su(message);
  if (service === "sudo") return sudo(message);
  return isNetworkService(service) ? networkService(service, message) : undefined;
}

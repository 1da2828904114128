// An auth.log as a device with an open ssh port has it: mostly scanners, sudo and cron, now and then a person.
import { once } from "node:events";
import { createWriteStream } from "node:fs";

/** Of 100 lines: shares after the logs of small servers on the open internet. `%` stand for address, port, user, pid. */
const templates = [
  [30, "sshd[%p]: Failed password for invalid user %u from %a port %o ssh2"],
  [10, "sshd[%p]: Invalid user %u from %a port %o"],
  [10, "sshd[%p]: Failed password for root from %a port %o ssh2"],
  [8, "sshd[%p]: Received disconnect from %a port %o:11: Bye Bye [preauth]"],
  [8, "sshd[%p]: Disconnected from invalid user %u %a port %o [preauth]"],
  [
    6,
    "sshd[%p]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%a  user=root",
  ],
  [5, "sshd[%p]: Connection closed by authenticating user root %a port %o [preauth]"],
  [4, "sshd[%p]: Connection closed by %a port %o"],
  [7, "CRON[%p]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"],
  [7, "CRON[%p]: pam_unix(cron:session): session closed for user root"],
  [
    1,
    "sshd[%p]: Accepted publickey for operator from 192.0.2.10 port %o ssh2: ED25519 SHA256:dGhpcyBpcyBubyBrZXkgYXQgYWxs",
  ],
  [1, "sshd[%p]: pam_unix(sshd:session): session opened for user operator(uid=1000) by (uid=0)"],
  [1, "sudo: operator : TTY=pts/0 ; PWD=/home/operator ; USER=root ; COMMAND=/usr/bin/systemctl status iotedge"],
  [1, "sudo: pam_unix(sudo:session): session opened for user root(uid=0) by operator(uid=1000)"],
  [1, "systemd-logind[412]: New session %p of user operator."],
];
const users = "admin test user oracle ubuntu postgres git pi support ftp guest nagios deploy hadoop www mysql".split(
  " ",
);
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Writes `count` lines, 50 ms apart, the same at every call. @returns {Promise<{bytes: number, lines: number}>} */
export async function writeAuthLog(file, count) {
  const out = createWriteStream(file);
  const random = sequence(20261124);
  const wheel = templates.flatMap(([share, text]) => Array(share).fill(text));
  let bytes = 0;
  for (let from = 0; from < count; from += 10_000) {
    let text = "";
    for (let i = from; i < Math.min(count, from + 10_000); i++)
      text += `${stamp(i)} edge01 ${filled(wheel[random(wheel.length)], random)}\n`;
    bytes += text.length;
    if (!out.write(text)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
  return { bytes, lines: count };
}

function filled(template, random) {
  return template
    .replace("%p", () => String(1000 + random(30_000)))
    .replace("%u", () => users[random(users.length)])
    .replace("%a", () => `203.0.113.${random(254) + 1}`)
    .replace("%o", () => String(1024 + random(60_000)));
}

function stamp(index) {
  const date = new Date(Date.UTC(2026, 9, 1) + index * 50);
  const two = (n) => String(n).padStart(2, "0");
  const day = String(date.getUTCDate()).padStart(2, " ");
  return `${months[date.getUTCMonth()]} ${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** A linear congruential generator (Numerical Recipes, 1664525 and 1013904223): the same log on every machine. */
function sequence(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

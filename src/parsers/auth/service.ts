/** Names under which authenticating programs appear: as syslog tag, PAM service, or executable. */

/** Programs that sit at a console or a local display (Debian, Fedora, Alpine and Arch package names, 2026). */
const LOCAL = new Set([
  "login",
  "gdm",
  "lightdm",
  "sddm",
  "kdm",
  "xdm",
  "wdm",
  "lxdm",
  "slim",
  "ly",
  "greetd",
  "nodm",
  "entrance",
]);
/** gdm3, gdm-password, gdm-session-worker, sddm-helper, lightdm-autologin, xdm-np... are all the same program. */
const FAMILY = /^(gdm|lightdm|sddm|kde|kdm|xdm|lxdm|greetd|ly)(?:3|-[a-z0-9-]+)?$/;
const FAMILY_NAMES: Readonly<Record<string, string>> = {
  "sshd-session": "sshd",
  "sshd-auth": "sshd",
  "su-l": "su",
  "sudo-i": "sudo",
  remote: "login",
  kde: "sddm",
};

/** One name per program: `sshd-session` -> `sshd`, `gdm-password` -> `gdm`. */
export function serviceFamily(name: string): string {
  if (Object.hasOwn(FAMILY_NAMES, name)) return FAMILY_NAMES[name] ?? name;
  const match = FAMILY.exec(name);
  return match?.[1] ? (FAMILY_NAMES[match[1]] ?? match[1]) : name;
}

/** Takes a family name. */
export function localService(family: string): boolean {
  return LOCAL.has(family);
}

/** The greeter's own session is nobody's login. */
export function isGreeter(service: string): boolean {
  return /-(?:greeter|launch-environment)$/.test(service);
}

export function autologinService(service: string): boolean {
  return /-autologin$/.test(service) || service === "nodm";
}

/** Consoles and serial lines: tty1, ttyS0, ttyAMA0, ttymxc1, hvc0, console, :0, seat0; never pts/N or `ssh`. */
export function localTerminal(terminal: string): boolean {
  return /^(?:\/dev\/)?(?:tty(?!p\d)[A-Z]{0,4}[a-z]{0,4}\d{1,3}|hvc\d+|xvc\d+|console|:\d{1,3}(?:\.\d)?|seat\d+)$/.test(
    terminal,
  );
}

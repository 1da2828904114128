import { describe, expect, test } from "vitest";
import type { Process } from "../../events/fact.ts";
import {
  belowPackageManager,
  fromPackageManager,
  hasAncestor,
  packageManagers,
  ranBy,
  webServers,
} from "./ancestry.ts";

const below = (...exes: (string | string[])[]): Process => ({
  pid: 9,
  ppid: 8,
  exe: "/bin/sh",
  argv: ["sh"],
  ancestors: exes.map((exe, i) => ({ pid: i, exe: [exe].flat()[0] as string, argv: [exe].flat(), uid: 0 })),
});

describe("ancestry", () => {
  test("a family is known however far up, by version and by script", () => {
    expect(hasAncestor(below("/bin/sh", "/usr/bin/perl", "/usr/bin/dpkg"), packageManagers)).toBe(true);
    expect(hasAncestor(below("/usr/sbin/php-fpm8.2"), webServers)).toBe(true);
    expect(belowPackageManager(below(["/usr/bin/python3.11", "-u", "/usr/bin/unattended-upgrade"]))).toBe(true);
    expect(hasAncestor(below("/bin/sh", "/usr/sbin/nginx"), webServers, 1)).toBe(false);
  });

  test("a name in a place where anyone may write silences nothing", () => {
    expect(belowPackageManager(below("/tmp/dpkg"))).toBe(false);
    expect(belowPackageManager(below("/home/eve/bin/apt"))).toBe(false);
    expect(belowPackageManager(below(["/usr/bin/python3", "/tmp/unattended-upgrade"]))).toBe(false);
    expect(belowPackageManager(below(["/bin/sh", "-c", "/usr/bin/dpkg"]))).toBe(false);
    expect(belowPackageManager(below("/usr/lib/systemd/systemd"))).toBe(false);
  });

  test("a package manager without root's rights installs nothing", () => {
    const user = below("/usr/bin/apt-get");
    const ancestors = user.ancestors?.map((one) => ({ ...one, uid: 1000 }));
    expect(belowPackageManager({ ...user, ancestors })).toBe(false);
  });

  test("the process itself counts where asked", () => {
    const dpkg: Process = { pid: 9, ppid: 8, exe: "/usr/bin/dpkg", argv: ["dpkg"], uid: 0 };
    expect([ranBy(dpkg, packageManagers), fromPackageManager(dpkg), belowPackageManager(dpkg)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(fromPackageManager({ ...dpkg, uid: 1000 })).toBe(false);
  });
});

import { describe, expect, test } from "vitest";
import { fairwareRansomware } from "./fairware-ransomware.ts";
import { below, grade, ran, run, script } from "./testing/root-shell.ts";

describe("a root that is deleted", () => {
  test.each([
    "rm -rf /*",
    "rm -r -f --no-preserve-root /",
    "rm --recursive --force /home",
    "rm -fr /var/www/html/*",
    "rm -rf ~",
    "rm -rf /home/eve",
    "cd /var/www && rm -rf ./*",
    "find /home -type f -delete",
    "sudo rm -Rf /usr /opt",
    "python3 -c 'import shutil; shutil.rmtree(\"/srv\")'",
  ])("%s fires", (line) => {
    const found = run(fairwareRansomware, [script(line)]);
    expect(found).toHaveLength(1);
    const [confidence] = grade(found);
    expect(["medium", "high"]).toContain(confidence);
  });

  test.each([
    "rm -rf /tmp/*",
    "rm -rf /var/cache/apt",
    "rm -rf /usr/lib/node_modules/x",
    "rm -rf /opt/app",
    "rm -rf /var/www/cache/*",
    "rm -rf ./build",
    "rm -f /home/eve/*",
    "rm -rf /home/eve/.cache",
    "find /home -name '*.tmp' -delete",
    'rm -rf "$BUILD"/*',
    "cd /tmp && rm -rf *",
    "echo rm -rf /",
  ])("%s raises nothing", (line) => {
    expect(run(fairwareRansomware, [script(line)])).toEqual([]);
  });

  test("one database's directory is dual use; packages and allowed directories are quiet", () => {
    expect(grade(run(fairwareRansomware, [script("rm -rf /var/lib/docker")]))).toEqual(["low"]);
    expect(run(fairwareRansomware, [ran(["rm", "-rf", "/opt"], below("/usr/bin/dpkg"))])).toEqual([]);
    expect(run(fairwareRansomware, [script("rm -rf /data/*")], { allowedPaths: ["/data"] })).toEqual([]);
  });
});

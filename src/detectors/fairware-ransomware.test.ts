import { describe, expect, test } from "vitest";
import type { Fact, Process } from "../events/fact.ts";
import type { Context, Detector, Match } from "./detector.ts";
import { fairwareRansomware } from "./fairware-ransomware.ts";

const context = { threats: {}, userName: (uid: number) => (uid === 33 ? "www-data" : undefined) } as unknown as Context;

/** Feeds facts to one started detector and gathers what it says. */
function run(detector: Detector, facts: readonly Fact[], settings: object = {}): Match[] {
  const judge = detector.start(detector.settings.parse(settings), context);
  return facts.flatMap((fact) => [judge.judge(fact) ?? []].flat());
}
const process = (argv: readonly string[], more: Partial<Process> = {}): Process => ({
  pid: 70,
  ppid: 60,
  exe: `/usr/bin/${argv[0]?.split("/").at(-1)}`,
  argv,
  cwd: "/root",
  uid: 0,
  ...more,
});
const ran = (argv: readonly string[], more: Partial<Process> = {}, at = 1000): Fact => ({
  kind: "process.started",
  at,
  process: process(argv, more),
});
const script = (text: string, more: Partial<Process> = {}, at = 1000) => ran(["sh", "-c", text], more, at);
const below = (exe: string, argv: readonly string[] = [exe]) => ({ ancestors: [{ pid: 60, exe, argv, uid: 0 }] });
const grade = (found: readonly Match[]) => found.map(({ confidence }) => confidence ?? "medium");

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

/** Who asks a host about itself all day: its own schedulers, updaters, monitors and installed scripts. */
import type { Process } from "../../events/fact.ts";
import {
  ancestorOf,
  configurationManagement,
  fromPackageManager,
  logRotation,
  monitoringAgents,
  schedulers,
} from "./ancestry.ts";
import { interpreterFamily, isShell, shellCall } from "./interpreters.ts";
import { basename, hiddenPath, inSystemDirectory, inTemporaryDirectory } from "./paths.ts";

/** Is the question asked by trade? Only by programs in directories that none but root may change. */
export function asksByTrade(process: Process, allowed: readonly string[]): boolean {
  if (fromPackageManager(process)) return true;
  for (const family of [schedulers, configurationManagement, monitoringAgents, logRotation]) {
    if (ancestorOf(process, family)) return true;
  }
  const above = process.ancestors ?? [];
  const parent = above[0];
  if (parent?.exe.endsWith("/systemd/systemd") || parent?.exe.endsWith("/systemd-executor")) return true;
  return above.slice(0, 8).some(({ exe, argv }) => {
    if (allowed.includes(exe) || argv.some((arg) => allowed.includes(arg))) return true;
    const name = basename(exe);
    if (!isShell(name) && interpreterFamily(name) === undefined) return false;
    const script = argv.find((arg, i) => i > 0 && !arg.startsWith("-"));
    return script !== undefined && installed(script);
  });
}

/** Does the parent run a script file (`bash ./install.sh`) that lies in no temporary or hidden place? */
export function runsScriptFile(process: Process): boolean {
  const parent = process.ancestors?.[0];
  if (!parent || !isShell(basename(parent.exe))) return false;
  const { file } = shellCall(parent.argv.slice(1));
  return file !== undefined && !inTemporaryDirectory(file) && !hiddenPath(file);
}

/** A script that came with the system, a plugin of a monitor, or Ansible's own module file. */
function installed(script: string): boolean {
  return (
    inSystemDirectory(script) ||
    /^\/etc\/(?:init\.d|cron\.[a-z]+|update-motd\.d|profile\.d|NetworkManager|rc\.local)/.test(script) ||
    /\/\.ansible\/tmp\/ansible-tmp-[\w.-]+\/AnsiballZ_\w+\.py$/.test(script)
  );
}

/**
 * Who stands above a process. A family is matched by the executable's name *and* by its place in a directory that
 * only root may change, so that `/tmp/dpkg` silences nothing.
 *
 * Blind spot: whoever may write to /usr/bin may also pretend to be a package manager.
 */
import type { Ancestor, Process } from "../../events/fact.ts";
import { interpreterFamily, isShell, read, shellCall } from "./interpreters.ts";
import { basename, inSystemDirectory } from "./paths.ts";

/** Package managers of the system: their scripts run as root and come signed. */
export const packageManagers: ReadonlySet<string> = new Set(
  "apt apt-get apt-check aptitude aptd unattended-upgrade unattended-upgrades dpkg dpkg-deb dpkg-preconfigure debconf rpm rpmdb dnf dnf5 dnf-automatic microdnf yum yum-cron zypper pacman apk opkg ipkg snapd snap flatpak packagekitd rauc swupdate mender mender-update mender-client ostree rpm-ostree fwupd needrestart update-manager".split(
    " ",
  ),
);
/** Package managers of languages: they build and run what strangers wrote. */
export const languagePackageManagers: ReadonlySet<string> = new Set(
  "pip pip3 npm npx yarn pnpm gem bundle bundler cargo composer cpan cpanm go conda mamba poetry uv luarocks".split(
    " ",
  ),
);
export const configurationManagement: ReadonlySet<string> = new Set(
  "ansible ansible-playbook ansible-pull puppet puppet-agent chef-client chef-solo cinc-client salt-minion salt-call cfagent cf-agent cloud-init waagent osconfig google_osconfig_agent amazon-ssm-agent ssm-agent-worker ssm-document-worker omsagent aziotd aziot-edged".split(
    " ",
  ),
);
export const schedulers: ReadonlySet<string> = new Set("cron crond anacron atd fcron busybox-crond".split(" "));
export const containerRuntimes: ReadonlySet<string> = new Set(
  "dockerd containerd containerd-shim containerd-shim-runc-v2 runc crun conmon podman buildkitd moby-engine kubelet k3s-server k3s crio docker-proxy docker-init".split(
    " ",
  ),
);
export const logRotation: ReadonlySet<string> = new Set(
  "logrotate savelog newsyslog systemd-tmpfiles tmpreaper".split(" "),
);
export const webServers: ReadonlySet<string> = new Set(
  "apache2 httpd nginx lighttpd caddy openresty php-fpm php-cgi php-cgi-fcgi lsphp litespeed openlitespeed uwsgi uwsgi-core gunicorn uvicorn hypercorn unicorn puma passenger tomcat catalina jetty boa thttpd mini_httpd goahead uhttpd hiawatha cherokee monkey fcgiwrap".split(
    " ",
  ),
);
export const monitoringAgents: ReadonlySet<string> = new Set(
  "zabbix_agentd zabbix_agent2 nrpe nagios icinga2 telegraf collectd netdata node_exporter prometheus-node-exporter munin-node check_mk_agent snmpd datadog-agent ossec-logcollector wazuh-logcollector wazuh-modulesd osqueryd monit sysstat sadc puppet facter".split(
    " ",
  ),
);

/** Ancestors, nearest first; empty when the pipeline knew none. */
export function ancestors(process: Process): readonly Ancestor[] {
  return process.ancestors ?? [];
}

/**
 * The nearest ancestor (at most `levels` up, default 16) whose program is in the family, or undefined.
 * Interpreted programs (`python3 /usr/bin/ansible-playbook`) are known by their script, which must also stand in a
 * system directory; versions behind the name (`php-fpm8.2`, `apt-get` vs `apt`) are tolerated.
 */
export function ancestorOf(process: Process, family: ReadonlySet<string>, levels = 16): Ancestor | undefined {
  const above = process.ancestors;
  if (!above) return undefined;
  for (let i = 0; i < above.length && i < levels; i++) {
    const ancestor = above[i] as Ancestor;
    if (isOne(ancestor, family)) return ancestor;
  }
  return undefined;
}

export function hasAncestor(process: Process, family: ReadonlySet<string>, levels = 16): boolean {
  return ancestorOf(process, family, levels) !== undefined;
}

/** Below a package manager or updater that runs as root: what `apt upgrade` does, not what an intruder does. */
export function belowPackageManager(process: Process): boolean {
  const manager = ancestorOf(process, packageManagers);
  return manager !== undefined && (manager.uid ?? 0) === 0;
}

/** Is the process itself of the family? */
export function isProgramOf(process: Process, family: ReadonlySet<string>): boolean {
  return isOne(process, family);
}

/** Is the process itself, or one above it, of the family? */
export function ranBy(process: Process, family: ReadonlySet<string>): boolean {
  return isOne(process, family) || hasAncestor(process, family);
}

/** Is the process, or one above it, the system's package manager run as root? */
export function fromPackageManager(process: Process): boolean {
  return (isOne(process, packageManagers) && (process.euid ?? process.uid ?? 0) === 0) || belowPackageManager(process);
}

/** Started by a monitoring agent. */
export function fromMonitoring(process: Process): boolean {
  return hasAncestor(process, monitoringAgents);
}

function isOne({ exe, argv }: Pick<Ancestor, "exe" | "argv">, family: ReadonlySet<string>): boolean {
  if (exe !== "" && !inSystemDirectory(exe) && !exe.startsWith("/opt/") && !exe.startsWith("/usr/local/")) return false;
  const name = basename(exe || (argv[0] ?? ""));
  if (family.has(name) || family.has(unversioned(name))) return exe !== "";
  const language = interpreterFamily(name);
  if (!isShell(name) && language === undefined) return false;
  const script = language === undefined ? shellCall(argv.slice(1)).file : read(language, argv.slice(1)).file;
  return script !== undefined && inSystemDirectory(script) && family.has(basename(script));
}

/** `php-fpm8.2` is `php-fpm`, `puma5` is `puma`. */
function unversioned(name: string): string {
  let end = name.length;
  while (end > 0 && "0123456789.".includes(name[end - 1] as string)) end--;
  return name.slice(0, end);
}

/** What search patterns and file names give away about someone who gets to know a host. */
import { basename } from "./paths.ts";

/** Hypervisors' names and their guest drivers, as one greps for them in hardware listings. */
const hypervisors =
  /vmware|virtualbox|vbox\w*|qemu|quemu|xen[-\w]*|kvm|hvm|droplet|parallels|hyper-?v|bochs|domu|virtio\w*|vmw_\w+|vmxnet\w*|vmhgfs|hv_\w+|innotek|amazon ec2/gi;
/** Security products' processes and units. */
const watchers =
  /falcon\w*|nessus\w*|cbagent\w*|cbdaemon|cbosx\w*|td-agent|packetbeat|filebeat|auditbeat|metricbeat|osquery\w*|clam\w*|sophos|sav-protect|symantec|ds_agent|mdatp|wdavdaemon|crowdstrike|carbon ?black|sentinel(?:one)?|xagt|cylance|aliyun|aegis|yunjing|ydservice|bmvm|hostguard|ossec\w*|wazuh\w*|rkhunter|chkrootkit|tripwire|samhain|snort|suricata/gi;
/** Other people's miners and bots. */
const rivals = /\[?[mM]\]?iner\b|minerd|xmrig|\bxmr|kinsing|kdevtmpfsi|cryptonight|stratum|monero|ddgs|kthreaddi/i;

/** Does a search pattern look for a rival's process? */
export function rivalPattern(pattern: string): boolean {
  return rivals.test(pattern.slice(0, 512));
}

/** Does a search pattern name a hypervisor? */
export function virtualMachine(pattern: string): boolean {
  return distinct(pattern, hypervisors) > 0;
}

const distinct = (text: string, pattern: RegExp) =>
  new Set([...text.slice(0, 1024).matchAll(pattern)].map(([m]) => m.toLowerCase())).size;

/** What a search pattern gives away about its author; undefined for an ordinary one. */
export function tellingPattern(pattern: string): string | undefined {
  if (distinct(pattern, hypervisors) >= 2) return "looks for signs of a virtual machine";
  return distinct(pattern, watchers) >= 3 ? "looks for security products" : undefined;
}

/** Files of desktop messengers and modems that one known family of login bots looks for. */
export function loot(text: string): boolean {
  return /D877F783D5D3EF8C|TelegramDesktop\/tdata|\/dev\/ttyGSM|\/dev\/ttyUSB-mod|\/var\/spool\/sms|\/etc\/smsd\.conf|\/usr\/bin\/qmuxd|\/var\/qmux_connect|\/usr\/lib\/gsmd|\/dev\/modem/.test(
    text,
  );
}

/** Is this a program that filters what it reads from a pipe? */
export function filters(name: string): boolean {
  return /^(?:e|f)?grep$|^[gmn]?awk$|^(?:wc|head|tail|cut|sort|uniq|tr|sed|tee)$/.test(basename(name));
}

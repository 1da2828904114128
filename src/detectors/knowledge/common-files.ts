/**
 * Files that everything on a host trusts: the programs everyone runs, the account files (passwd(5), shadow(5),
 * sudoers(5)), name resolution (hosts(5)) and the dynamic loader's lists (ld.so(8)).
 */
import { basename, dirname } from "./paths.ts";

/** `name`: a program or library that every system has. `other`: any other file beside them. */
export type CommonKind = "account" | "loader" | "hosts" | "grant" | "name" | "other";

const directories = new Set(["/bin", "/sbin", "/usr/bin", "/usr/sbin"]);

/** Commands of coreutils, procps, net-tools, iproute2, util-linux, openssh and shadow: what rootkits replace. */
const programs = new Set(
  "[ arp awk base64 bash basename busybox cat chattr chgrp chmod chown chsh chfn cp cron crond crontab curl cut dash date dd df dmesg du dig echo egrep env false fgrep file find fuser gawk getty grep gpasswd groups gunzip gzip halt head hostname id ifconfig init insmod ip iptables journalctl kill killall kmod last lastlog ldd less ln login logger ls lsattr lsmod lsof md5sum mkdir mknod modprobe more mount mpstat mv nc netstat newgrp nice nohup nologin passwd pgrep pidof ping pkexec pkill ps pstree pwd readlink reboot rm rmdir rmmod route rsync rsyslogd scp sed sftp sh sha256sum shred shutdown sleep slattach sort ss ssh ssh-add ssh-agent ssh-keygen sshd stat strace strings strip su sudo sudoedit sulogin sync sysctl syslogd systemctl systemd tail tar taskset tcpdump tee test time top touch true umount uname unshadow uptime useradd userdel usermod vdir vi vmstat w watch wc wget which who whoami xargs zcat dockerd docker containerd runc auditd auditctl iotedge aziotctl".split(
    " ",
  ),
);

const accounts = new Set([
  "/etc/passwd",
  "/etc/shadow",
  "/etc/group",
  "/etc/gshadow",
  "/etc/sudoers",
  "/etc/security/opasswd",
]);
const loader = new Set(["/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.cache"]);
const libraries =
  /^\/(?:usr\/)?lib(?:32|64)?\/(?:[a-z0-9_]{1,16}-linux-(?:gnu\w{0,12}|musl\w{0,12})\/)?(?:security\/)?(?:pam_\w{1,32}\.so|lib(?:c|m|dl|pthread|pam|crypto|ssl|crypt|nss_\w{1,16}|selinux|audit|keyutils|proc2?|procps|systemd)[.-][\w.-]{0,24}|ld-[\w.-]{1,32})$/;

/** Which of these a path is; undefined for anything else. A directory itself counts as nothing. */
export function commonKind(path: string): CommonKind | undefined {
  if (accounts.has(path)) return "account";
  if (loader.has(path)) return "loader";
  if (path === "/etc/hosts") return "hosts";
  if (path.startsWith("/etc/sudoers.d/")) return "grant";
  if (directories.has(dirname(path))) return programs.has(basename(path)) ? "name" : "other";
  return libraries.test(path) ? "name" : undefined;
}

/** Tools that own these files: the shadow suite, PAM, resolvers, alternatives, the loader's cache, certificate clients. */
export const keepers = new Set(
  "useradd adduser userdel deluser usermod groupadd groupdel groupmod addgroup delgroup passwd chpasswd gpasswd chage chsh chfn vipw vigr visudo pwconv pwunconv grpconv newusers systemd-sysusers unix_chkpwd accountsservice accounts-daemon dhclient dhclient-script dhcpcd NetworkManager connmand hostnamectl systemd-hostnamed systemd-resolved cloud-init certbot update-alternatives alternatives ldconfig depmod ostree rpm-ostree snapd dockerd containerd containerd-shim-runc-v2 iotedge aziotctl aziot-edged waagent mdadm systemd-homed mender swupdate rauc busybox-update google_guest_agent".split(
    " ",
  ),
);

/**
 * Marks of the common IoT and server worms (Mirai and its children, Gafgyt, Mozi, Hajime, Muhstik, Outlaw, Kinsing,
 * TeamTNT, Tsunami, XorDDoS, Xanthe, perl bots), from published analyses and public honeypot logs, November 2026.
 */
import { basename, inTemporaryDirectory } from "./paths.ts";

/** busybox 1.36 applets (busybox.net/downloads/BusyBox.html) and the ones that distributions add. */
const applets = new Set(
  `[ [[ acpid add-shell addgroup adduser adjtimex ar arch arp arping ascii ash awk base32 base64 basename bash bb bbconfig
bc beep blkdiscard blkid blockdev bootchartd brctl bunzip2 bzcat bzip2 cal cat chat chattr chgrp chmod chown chpasswd chpst
chroot chrt chvt cksum clear cmp comm conspy cp cpio crc32 crond crontab cryptpw cttyhack cut date dc dd deallocvt delgroup
deluser depmod devmem df dhcprelay diff dirname dmesg dnsd dnsdomainname dos2unix dpkg dpkg-deb du dumpkmap dumpleases echo
ed egrep eject env envdir envuidgid ether-wake expand expr factor fakeidentd fallocate false fatattr fbset fbsplash fdflush
fdformat fdisk fgconsole fgrep find findfs flash_eraseall flash_lock flash_unlock flashcp flock fold free freeramdisk fsck
fsck.minix fsfreeze fstrim fsync ftpd ftpget ftpput fuser getfattr getopt getty grep groups gunzip gzip halt hd hdparm head
hexdump hexedit hostid hostname httpd hush hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown
ifenslave ifplugd ifup inetd init inotifyd insmod install ionice iostat ip ipaddr ipcalc ipcrm ipcs iplink ipneigh iproute
iprule iptunnel kbd_mode kill killall killall5 klogd last less link linux32 linux64 linuxrc ln loadfont loadkmap logger
login logname logread losetup lpd lpq lpr ls lsattr lsmod lsof lspci lsscsi lsusb lzcat lzma lzop lzopcat makedevs makemime
man md5sum mdev mesg microcom mim mkdir mkdosfs mke2fs mkfifo mkfs.ext2 mkfs.minix mkfs.reiser mkfs.vfat mknod mkpasswd
mkswap mktemp modinfo modprobe more mount mountpoint mpstat mt mv nameif nanddump nandwrite nbd-client nc netcat netstat
nice nl nmeter nohup nologin nproc nsenter nslookup ntpd od openvt partprobe passwd paste patch pgrep pidof ping ping6
pipe_progress pivot_root pkill pmap popmaildir poweroff powertop printenv printf ps pscan pstree pwd pwdx raidautorun rdate
rdev readahead readlink readprofile realpath reboot reformime remove-shell renice reset resize resume rev rm rmdir rmmod
route rpm rpm2cpio rtcwake run-init run-parts runlevel runsv runsvdir rx script scriptreplay sed seedrng sendmail seq
setarch setconsole setfattr setfont setkeycodes setlogcons setpriv setserial setsid setuidgid sh sha1sum sha256sum sha3sum
sha384sum sha512sum showkey shred shuf slattach sleep smemcap softlimit sort split ssl_client ssl_server start-stop-daemon
stat static-sh strings stty su sulogin sum sv svc svlogd svok swapoff swapon switch_root sync sysctl syslogd tac tail tar
taskset tc tcpsvd tee telnet telnetd test tftp tftpd time timeout top touch tr traceroute traceroute6 tree true truncate ts
tsort tty ttysize tunctl tune2fs ubiattach ubidetach ubimkvol ubirename ubirmvol ubirsvol ubiupdatevol udhcpc udhcpc6
udhcpd udpsvd uevent umount uname uncompress unexpand uniq unit unix2dos unlink unlzma unlzop unshare unxz unzip uptime
users usleep uudecode uuencode vconfig vi vlock volname w wall watch watchdog wc wget which who whoami whois xargs xxd xz
xzcat yes zcat zcip zless`.split(/\s+/),
);

/**
 * A word after `busybox` that no busybox knows: bots ask for a nonsense applet and read `applet not found` to learn
 * that a real shell answers (Mirai source, `loader/src/headers/server.h`: `TOKEN_QUERY "/bin/busybox ECCHI"`).
 */
export function nonsenseApplet(word: string): boolean {
  return /^[A-Za-z]{3,16}$/.test(word) && !applets.has(word);
}

/** Worms' files by exact name (without architecture suffix). */
const malware = new Set(
  [
    "kinsing kinsing2 kdevtmpfsi kthreaddi watchbog kerberods ddgs sysrv sysrv012 sysrv013 xanthe muhstik mozi.m mozi.a",
    "mozi mozi.1 hajime okiru satori owari miori josho masuta mirai gafgyt bashlite qbot tsunami kaiten ziggystartux",
    "dvrhelper dvrpelper nttpd prometei uplugplay rekobee nspps skidmap pnscan gobrat hehbot fbot cayosin reaper",
    "perfctl dota3 dota3.tar.gz dota2.tar.gz perlbot shellbot tntscan ircbot xorddos billgates gates.lod panchan",
    "rondodox aisuru kaiji chaosbot hinatabot enemybot zergeca condi ebot zerobot beastmode",
  ].flatMap((line) => line.split(" ")),
);

const architectures =
  "mips64|mipsel|mips|mpsl|arm64|arm4tl|arm4l|arm4|arm5n|arm5l|arm5|arm6l|arm6|arm7l|arm7|armv4l|armv5l|armv6l|armv7l|armv8|arm|x86_64|x86_32|x86|i486|i586|i686|x64|x32|sh4|powerpc-440fp|powerpc|ppc440fp|ppc|m68k|m68|sparc|spc|arcle-hs38|arcle|arc|rce|aarch64|amd64";
const named = new RegExp(`^(?:[\\w]{0,32}[._-])?(${architectures})$`, "i");
const suffixed = new RegExp(`^(?:${architectures})[._-](?:bot|bin|elf|sh|irc|dbg)$`, "i");

const processorEnd = new RegExp(`[._-](?:${architectures})$`);

/** The processor a payload is named for (`x.mpsl`, `arm7`, `mips.bot`), or undefined. Archives do not count. */
export function payloadArchitecture(path: string): string | undefined {
  const name = basename(path).slice(0, 96);
  const found = named.exec(name)?.[1];
  if (found) return found.toLowerCase();
  return suffixed.test(name) ? name.slice(0, name.search(/[._-]/)).toLowerCase() : undefined;
}

/** Processors of routers, cameras and recorders; honest programs for them are named with a dash, or come in packages. */
const embedded =
  /^(?:mips(?:el|64)?|mpsl|arm(?:4|5|6|7|v[4-7])[ntl]{0,2}|sh4|m68k?|spc|sparc|i[45]86|arc(?:le)?|powerpc|ppc440fp)$/i;

/** Is the file named for such a processor: `x.mpsl`, or anywhere in its name (`daemon.armv4l.mod`)? */
export function embeddedPayload(path: string, anywhere: boolean): boolean {
  const parts = basename(path).slice(0, 96).split(".", 8);
  return anywhere
    ? parts.some((part) => embedded.test(part))
    : parts.length === 2 && parts[0] !== "" && embedded.test(parts[1] as string);
}

/** Mirai's children under ordinary words: only with a processor behind (`sora.mips`). */
const families = new Set(
  "sora josho owari hakai yakuza okane kalon unstable corona ecchi boatnet moobot demon hito omni kowai tsuki ares akiru cult apep daku shiro amakano".split(
    " ",
  ),
);

/** A worm's or bot's own file name, or undefined. */
export function botName(path: string): string | undefined {
  const name = basename(path).slice(0, 96).toLowerCase();
  const bare = name.replace(processorEnd, "");
  if (malware.has(name) || malware.has(bare)) return name;
  const built = payloadArchitecture(path) !== undefined;
  if (built && (/bot/.test(name) || families.has(bare))) return name;
  return undefined;
}

/** Files that a bot dropper is called (`bins.sh`, `bot.pl`): a hint, judged with where it came from. */
export function dropperName(path: string): boolean {
  return /^(?:bins?\d{0,2}\.sh|(?:tftp|ftp)\d{1,2}\.sh|[\w-]{0,16}bot(?:net)?\.(?:pl|py|sh|bin|elf)|(?:infect|infectn|update|jaws|yarn|wget|curl|ssh|telnet|adb|zte|dlink|linksys|realtek|huawei|gpon|thinkphp|hnap|lol|loader|ohshit|payload)\.sh)$/i.test(
    basename(path).slice(0, 64),
  );
}

/** Hidden places of known families: Outlaw (`/tmp/.X25-unix/.rsync/c`), XorDDoS, Kinsing, Outlaw's lock files. */
const lairs =
  /\/\.X\d{1,6}-unix\/\.?(?:rsync|dota|[a-z])|\/\.rsync\/[abc](?:\/|$)|^\/(?:var\/)?tmp\/\.rsync(?:\/|$)|\/\.configrc\d?\/|\/etc\/cron\.hourly\/(?:gcc4?|cron|udev|kill|pump)\.sh|\/lib\/libudev4?\.so(?:\.6)?$|\/(?:var\/)?run\/(?:gcc|sftp|mount)\.pid$|\/tmp\/\.ssh-auth\/|\/tmp\/(?:secure|auth)\.sh$|\/var\/tmp\/\.(?:systemcache|var0?)\d{4,12}|\/tmp\/(?:kinsing|kdevtmpfsi|zzz\.sh)$|\/usr\/bin\/\.sshd$|\/dev\/shm\/(?:pty\d{0,2}|\.x|ssh)$/;

export function botLair(path: string): boolean {
  return path.length < 4096 && (lairs.test(path) || socketDirectory.test(path));
}

/** Looks like the X server's `/tmp/.X11-unix`, which is the only one there is (Xserver(1)). */
const socketDirectory = /^(?:\/tmp|\/var\/tmp)\/\.X(?!11-)\d{1,6}-unix(?:\/|$)/;

/** Words that appear only in these families' commands: Outlaw's key comment, Mirai's markers, TeamTNT's handles. */
export const botWords =
  /mdrfckr|\bdvrHelper\b|TeamTNT|\bLDM\b.{0,16}\bGucci\b|\bNEWROOTS\b|(?:^|\.)selfrep\b|\bh3ckedbyn3t\b|gayfgt|hilde@teamtnt/i;

/** Is the file one that droppers use: hidden or one or two letters, in a place everyone can write? */
export function throwawayFile(path: string): boolean {
  const name = basename(path);
  if (/^\.[A-Za-z0-9]{1,3}$/.test(name)) return true;
  return inTemporaryDirectory(path) && (name.startsWith(".") || /^[A-Za-z0-9]{1,2}$/.test(name));
}

/** Programs that print, search, edit or manage what they are given: a name among their arguments is a mention. */

const speakers = new Set(
  [
    "echo printf grep egrep fgrep rg ag ack zgrep sed awk gawk mawk man apropos whatis info which whereis type help",
    "cat less more head tail vi vim nano emacs ed pgrep pkill kill killall pidof ps ls stat file find locate rm unlink",
    "apt apt-get aptitude apt-cache dpkg dpkg-query yum dnf rpm zypper apk pacman snap flatpak brew pip pip3 npm yarn gem",
    "cargo opkg git svn iptables ip6tables nft ufw firewall-cmd ipset dig host nslookup whois getent logger tee test [ [[",
    "export alias set unset read cmp diff sort uniq wc tr cut chattr chmod chown touch mkdir systemctl service jq yq",
  ].flatMap((line) => line.split(" ")),
);

/** Does this program only speak of its arguments (never run or dial them)? */
export function onlySpeaks(name: string): boolean {
  return speakers.has(name);
}

/** Programs for which a shell among the arguments is no way out: a mention, a file to work on, or what they are for. */

/** Wrappers that give a root's or another user's shell to whoever may; a shell behind them is administration. */
export const administration = new Set(
  "sudo doas su-exec gosu setuidgid chpst runuser chroot exec command builtin coproc systemd-run dbus-run-session nsenter fakeroot nohup setsid".split(
    " ",
  ),
);

/** A mention, a file operand, a login shell, or someone else's alert. */
export const speakers = new Set(
  "echo printf grep egrep fgrep zgrep rg cat ls ll stat file ldd strings readlink realpath which whereis type test [ cp mv ln rm chmod chown touch install sha256sum md5sum useradd adduser usermod chsh addgroup groupadd passwd getent id dpkg dpkg-query dpkg-divert update-alternatives man apropos info whatis history alias export set unset read local declare readonly typeset logger diff cmp sort uniq head tail wc tr cut jq yq ps pgrep pkill kill nc ncat netcat socat docker podman nerdctl kubectl ssh sshpass tmux screen crontab at wget curl http apk systemctl journalctl tee dd configure cmake gcc cc g++ clang mount umount cd mkdir mktemp flatpak firejail xterm konsole gnome-terminal kdump auditctl ausearch aureport apparmor_parser aa-genprof visudo update-rc.d deb-systemd-helper iotedge aziotctl az aws gcloud helm terraform".split(
    " ",
  ),
);

/** Programs for which a shell's path as the last operand is a file to look at or to move. */
const readers = new Set(
  "vi vim nano emacs rpm apt-file dlocate debsums apt dnf yum zypper pacman repoquery equery nm objdump readelf eu-readelf hexdump xxd od du lsof fuser find rsync scp gdb r2 checksec hardening-check scanelf execstack prelink paxctl getfacl setfacl getfattr setfattr lsattr chattr getcap setcap chcon restorecon matchpathcon semanage namei pathchk hash pidof killall aa-enforce aa-complain aa-disable clamscan aide tripwire less more tar zip unzip gzip xz base64 cksum sha1sum sha512sum b2sum qemu-system-x86_64 mkinitramfs dracut sed awk perl python perl5 python3 ruby node git add-shell remove-shell chkconfig vipw lchsh luseradd homectl pw expect strip upx patchelf tree sync shred truncate tail split xargs systemd-analyze".split(
    " ",
  ),
);

/** Programs that are there to give a shell: to another account, container, machine, terminal or environment. */
const hosts = new Set(
  "su login sg newgrp lxc lxc-attach lxc-execute docker-compose crictl ctr runc crun oc k3s microk8s machinectl systemd-nspawn arch-chroot schroot proot fakechroot singularity apptainer bwrap buildah rkt tini tini-static dumb-init docker-init catatonit s6-setuidgid mosh ttyd gotty dtach abduco byobu alacritty kitty foot xfce4-terminal x-terminal-emulator urxvt lxterminal tilix wezterm toolbox distrobox vagrant pct virsh conda mamba micromamba pipenv poetry nix-shell nix guix mock kas pbuilder cowbuilder ip cgexec dbus-launch startx xinit cloud-hypervisor multipass limactl snap".split(
    " ",
  ),
);

/** Is a shell's path as the last operand of this program an ordinary thing? */
export function takesShellOperand(name: string): boolean {
  return (
    /\.sh$|^qemu-/.test(name) || speakers.has(name) || readers.has(name) || hosts.has(name) || administration.has(name)
  );
}

export function givesShells(name: string): boolean {
  return hosts.has(name);
}

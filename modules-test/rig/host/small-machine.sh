#!/bin/sh
# Runs in new mount, pid, network, uts and ipc namespaces: makes the folder $1 the root of a small machine that shares
# the host's programs, read-only, with its own /etc, /var and /dev, and becomes its init, the real systemd.
# Found by systemd's container interface (https://systemd.io/CONTAINER_INTERFACE): it touches no device.
set -eu
root=$1
mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir usr etc dev proc sys run tmp var home root srv old
mkdir -p var/lib/cloud/seed/nocloud var/lib/dpkg var/log var/cache
for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$directory"; done
mount --bind /usr usr
mount -o remount,bind,ro usr
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts devpts dev/pts
while read -r name minor; do mknod -m 666 "dev/$name" c 1 "$minor"; done <<DEVICES
null 3
zero 5
full 7
random 8
urandom 9
DEVICES
ln -s /proc/self/fd dev/fd

# Its own /etc without the host's secrets, for to copy those is an alert; the units an edge gateway has, and nothing
# that the host's own /etc would start.
tar -C /etc --exclude='./*shadow*' --exclude='./ssh/ssh_host_*' --exclude=./ssl/private -cf - . | tar -C etc -xf -
find etc/systemd/system etc/init.d etc/rcS.d etc/rc[0-6].d -mindepth 1 -delete 2>/dev/null || true
enable() {
  wants=etc/systemd/system/$1.wants
  shift
  mkdir -p "$wants"
  for unit; do ln -s "/lib/systemd/system/$unit.service" "$wants/$unit.service"; done
}
enable multi-user.target cron ssh rsyslog lighttpd
enable cloud-init.target cloud-init-local cloud-init cloud-config cloud-final
enable sysinit.target nftables
# Masked: what would set kernel variables or modules of the host, or wait for a network.
for unit in systemd-sysctl systemd-modules-load systemd-networkd-wait-online systemd-networkd systemd-udevd; do
  ln -s /dev/null "etc/systemd/system/$unit.service"
done
# Not "uninitialized": a first boot by systemd's word would enable every unit that is installed.
echo 0123456789abcdef0123456789abcdef > etc/machine-id

# First boot: cloud-init's own NoCloud source makes the gateway's accounts. No groups: to join one is told always.
# (https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html).
echo 'datasource_list: [NoCloud]' > etc/cloud/cloud.cfg.d/99-small-machine.cfg
echo 'instance-id: small-machine' > var/lib/cloud/seed/nocloud/meta-data
cat > var/lib/cloud/seed/nocloud/user-data <<DATA
#cloud-config
hostname: gateway
users:
  - name: fieldtech
    gecos: Field technician
    shell: /bin/bash
    sudo: ALL=(ALL) NOPASSWD:ALL
    lock_passwd: true
    ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGdhdGV3YXkgZ2F0ZXdheSBnYXRld2F5IGdhdGV3YXk0 e2e]
  - name: telegraf
    system: true
    no_create_home: true
ssh_deletekeys: true
write_files:
  - path: /etc/motd
    content: gateway
runcmd:
  - [systemctl, restart, rsyslog]
  - [touch, /srv/first-boot-is-done]
DATA

pivot_root . old
umount -l /old
exec env -i container=small-machine PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --log-target=journal --show-status=no --unit=multi-user.target </dev/null

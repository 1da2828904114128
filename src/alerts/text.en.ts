import type { AlertId } from "./catalogue.ts";
import type { AlertText } from "./text.ts";

const allow = (id: AlertId) =>
  `If this is expected on this device, describe it in \`alerts.${id}.exceptions\` of the module twin.`;

/** English titles follow Microsoft's list of alerts, so that they are found again; the rest is our own. */
export const textEn = {
  "binary-command-line": {
    title: "Binary command line",
    meaning:
      "An ordinary program was used to start a shell or to run code, or a command line wrote the bytes of an executable. Intruders do this to leave a restricted environment or to bring in a program without downloading it.",
    remediation: `Look at the command line and its ancestors in the evidence, and ask the account that ran it. If nobody can explain it, isolate the device and look for files that the same session wrote. ${allow("binary-command-line")}`,
  },
  "firewall-disabled": {
    title: "Disable firewall",
    meaning:
      "The host's firewall was switched off, emptied or set to accept everything. Services that were closed may now be reachable, and data can leave unfiltered.",
    remediation: `Compare \`nft list ruleset\` or \`iptables -S\` with the intended rules and restore them. Then find out who ran the command: the evidence names the account and the process above it. ${allow("firewall-disabled")}`,
  },
  "port-forwarding": {
    title: "Port forwarding detection",
    meaning:
      "A tunnel or port forwarding was started, by ssh, socat, a tunnelling tool or an address translation rule. It lets others reach networks behind this device, past the firewall.",
    remediation: `Check the endpoint in the evidence and whether a maintenance session explains it. Otherwise end the process, close the connection and check which internal hosts were reachable. ${allow("port-forwarding")}`,
  },
  "auditd-disabled": {
    title: "Possible attempt to disable auditd logging detected",
    meaning:
      "The Linux audit system was stopped, switched off or stripped of its rules. From then on the device records no evidence, and Vedette sees less.",
    remediation: `Run \`auditctl -s\` and \`auditctl -l\`; start auditd and load the rules again. Treat it as an incident when no maintenance explains it: what followed was not recorded. ${allow("auditd-disabled")}`,
  },
  "reverse-shell": {
    title: "Reverse shell",
    meaning:
      "A shell on this device was connected to a remote address. This gives whoever listens there interactive control, and is seldom anything but an intrusion.",
    remediation: `Isolate the device, end the process named in the evidence and block the remote address. Find out how it was started (see the ancestors) before you put the device back. ${allow("reverse-shell")}`,
  },
  "brute-force-success": {
    title: "Successful brute force attempt",
    meaning:
      "After many failed logins from one address, a login from there succeeded. The password may have been guessed, or the owner mistyped it many times.",
    remediation: `Ask the owner of the account. If it was not them, lock the account (\`passwd -l\`), end its sessions, change its password, check its \`authorized_keys\`, and look for what was run since. ${allow("brute-force-success")}`,
  },
  "local-login-success": {
    title: "Successful local login",
    meaning:
      "Somebody logged in at the device itself: at its console, its serial port or its display. That needs physical access, which is rare in the field.",
    remediation: `Check that somebody with permission was at the device at that time. A console that logs in by itself is marked as such; disable autologin where it is not needed. ${allow("local-login-success")}`,
  },
  "web-shell": {
    title: "Web shell",
    meaning:
      "A web server or web application ran a command it does not normally run, or a script that executes requests was written below a web root. Intruders keep access through such scripts.",
    remediation: `Find the script or request that caused it in the web server's access log at the time of the event. Remove the script, close the hole it came through and look for other changes of the same account. ${allow("web-shell")}`,
  },
  "common-linux-bots": {
    title: "Behavior similar to common Linux bots detected",
    meaning:
      "Commands were run as Linux botnets run them when they take over a device: probing busybox, loading programs for several architectures, removing rivals. The device is probably being infected.",
    remediation: `Isolate the device. Look for programs in /tmp, /var/tmp and /dev/shm, for new cron entries and for keys in \`authorized_keys\`; reinstalling is safer than cleaning. Change default passwords and close telnet. ${allow("common-linux-bots")}`,
  },
  "fairware-ransomware": {
    title: "Behavior similar to Fairware ransomware detected",
    meaning:
      "A recursive deletion was aimed at a place that holds much data, such as a web root, a home or a system directory. The Fairware ransomware deletes servers' data this way and then asks for money.",
    remediation: `Stop the command if it still runs and check what is missing. Restore from a backup that the device cannot reach, and ask the account that ran it. ${allow("fairware-ransomware")}`,
  },
  "ransomware-like": {
    title: "Behavior similar to ransomware detected",
    meaning:
      "Many files were encrypted or renamed in a short time, a ransom note was written, or backups were destroyed. Data on this device may become unusable.",
    remediation: `Isolate the device and stop the process; do not switch it off, since keys may still be in memory. Secure the backups before you connect them. ${allow("ransomware-like")}`,
  },
  "crypto-miner-container-image": {
    title: "Crypto coin miner container image detected",
    meaning:
      "A container was started from an image that mines digital currency, or with a mining pool in its settings. It uses up computing power and power, and shows that somebody else can start containers here.",
    remediation: `Stop and remove the container and its image if it was not intended. Make sure that the Docker daemon does not listen on TCP without TLS, and check who may use the Docker socket. ${allow("crypto-miner-container-image")}`,
  },
  "crypto-miner-process": {
    title: "Crypto coin miner image",
    meaning:
      "A process that mines digital currency was run. It uses up the device's computing power, and somebody had to be able to start it.",
    remediation: `End the process and remove its program; look in cron, in systemd units and in \`authorized_keys\` for what would start it again. Then find out how it came onto the device. ${allow("crypto-miner-process")}`,
  },
  "suspicious-nohup": {
    title: "Suspicious use of the nohup command detected",
    meaning:
      "A program in a temporary or hidden place was started so that it survives the end of the session. Legitimate programs seldom live there; malware that wants to keep running does.",
    remediation: `Look at the program that was started and where it came from. If it is unknown, keep a copy for analysis and end it. ${allow("suspicious-nohup")}`,
  },
  "suspicious-useradd": {
    title: "Suspicious use of the useradd command detected",
    meaning:
      "An account was created with unusual rights or in an unusual way: user id 0, a password on the command line, a hidden home, or an interactive account outside of any installation. It may be a way back in.",
    remediation: `Check the account with \`getent passwd\` and \`id\`; delete it if nobody ordered it and look at what it did. ${allow("suspicious-useradd")}`,
  },
  "exposed-docker-daemon": {
    title: "Exposed Docker daemon by TCP socket",
    meaning:
      "The Docker daemon can be reached by TCP without verified client certificates. Everybody who reaches the port controls this device with root's rights.",
    remediation: `Remove the \`tcp://\` host from /etc/docker/daemon.json, from the unit and from its drop-ins, or require \`tlsverify\`; then restart Docker. Check \`docker ps -a\` for containers that nobody started. ${allow("exposed-docker-daemon")}`,
  },
  "local-login-failed": {
    title: "Failed local login",
    meaning:
      "A login at the device itself, at its console, serial port or display, failed. Somebody with physical access may be trying passwords.",
    remediation: `Find out who was at the device. Where nobody should have been, check its seals, ports and enclosure. ${allow("local-login-failed")}`,
  },
  "malicious-source-download": {
    title: "Detected file download from a known malicious source",
    meaning:
      "A file was downloaded from a source on a threat list, or, with low confidence, from a bare public address in a way typical of malware.",
    remediation: `Look at the file that was saved and whether it was run; isolate the device if it was. Block the source. If the list is wrong, correct the list. ${allow("malicious-source-download")}`,
  },
  "htaccess-access": {
    title: "Possible access to htaccess file detected",
    meaning:
      "An Apache .htaccess file was changed. It can redirect visitors, remove password protection or make the server execute uploaded files, so intruders use it to stay.",
    remediation: `Compare the file with its version in source control. Look for handlers, \`auto_prepend_file\` and redirects that are not yours, and for uploads next to it. ${allow("htaccess-access")}`,
  },
  "attack-tools": {
    title: "Known attack tool",
    meaning:
      "A tool that is made for attacking other systems, for scanning or for guessing passwords was run. From an edge device it usually means that an intruder is looking for the next victim.",
    remediation: `Ask whether a security test is under way. If not, isolate the device and look at the targets in the command line: they need attention too. ${allow("attack-tools")}`,
  },
  "twin-config-parse-failure": {
    title: "The module twin configuration could not be parsed",
    meaning:
      "A part of the module twin's desired properties is not valid. Vedette keeps using the last good value of that part; the change you wanted is not in effect.",
    remediation:
      "The evidence names the path, what was expected and what was found. Correct the desired properties; `vedette config` checks a file before you deploy it, and the reported properties show what is in effect.",
  },
  "local-host-reconnaissance": {
    title: "Local host reconnaissance detected",
    meaning:
      "Within a short time several commands asked for the system, its accounts, its network or its weak points. Bots and intruders look around like this right after they get in.",
    remediation: `Look at the commands, the session and where it came from. An administrator's inventory looks similar: ask. ${allow("local-host-reconnaissance")}`,
  },
  "script-interpreter-mismatch": {
    title: "Script interpreter and file extension mismatch",
    meaning:
      "An interpreter ran a file whose extension belongs to something else, for example a shell running an image. This hides scripts from people and filters that go by the name.",
    remediation: `Look at the content of the file (\`file\`, \`head\`) and where it came from. ${allow("script-interpreter-mismatch")}`,
  },
  "possible-backdoor": {
    title: "Possible backdoor detected",
    meaning:
      "A file that had been fetched from elsewhere was run later, or something was set up that gives access without a login: a listening shell, a preloaded library, a SUID program in a temporary place.",
    remediation: `Keep a copy of the file, then end its process and remove it. Look for what starts it again: cron, systemd, ld.so.preload, shell profiles. ${allow("possible-backdoor")}`,
  },
  "possible-data-loss": {
    title: "Possible loss of data detected",
    meaning:
      "A command sent local files to another machine. Intruders take data out this way; so do backups and support uploads.",
    remediation: `Check what was sent and to whom: the evidence shows files and destination. If it was not intended, block the destination and treat the data, above all keys and passwords, as known to others. ${allow("possible-data-loss")}`,
  },
  "common-files-overwritten": {
    title: "Potential overriding of common files",
    meaning:
      "A system program, library or account file was replaced or edited by something other than the package manager. Replaced programs hide an intruder and keep the door open.",
    remediation: `Compare with the package: \`dpkg -V\` or \`rpm -V\`. Reinstall the package if the file differs and nobody can explain it. ${allow("common-files-overwritten")}`,
  },
  "privileged-container": {
    title: "Privileged container detected",
    meaning:
      "A container runs with the host's full rights. Whoever takes over this container has taken over the device.",
    remediation: `Run it without \`Privileged\` and give it only the capabilities and devices that it needs. In IoT Edge, \`allow_elevated_docker_permissions = false\` forbids privileged modules. ${allow("privileged-container")}`,
  },
  "system-log-removal": {
    title: "Removal of system log files detected",
    meaning: "System logs were deleted, emptied or moved away outside of log rotation. This is how traces are removed.",
    remediation: `Ask the account that ran the command. If it was not housekeeping, rely on what was sent off the device, and look at what happened just before. ${allow("system-log-removal")}`,
  },
  "space-after-filename": {
    title: "Space after file name",
    meaning:
      "A program was run whose name ends with a blank. The name looks like a harmless file's, but the blank makes it another file.",
    remediation: `List the directory with \`ls -b\` to see the blank, keep a copy and remove the file. Find out what put it there. ${allow("space-after-filename")}`,
  },
  "credential-access-tools": {
    title: "Suspected malicious credential access tools detected",
    meaning:
      "A tool or command went for passwords or keys: the shadow file, private keys, the memory of other processes, keystrokes. What it found may be used on other devices.",
    remediation: `Check what was read and by whom. If it was not intended, change the passwords and keys that were within reach, including the identity of this IoT Edge device. ${allow("credential-access-tools")}`,
  },
  "suspicious-compilation": {
    title: "Suspicious compilation detected",
    meaning:
      "A program was compiled in a temporary, hidden or web directory or by a service's account. Intruders compile exploits on the machine that they want to take over.",
    remediation: `Look at the source, which is usually still next to the result. A device in the field needs no compiler: remove it. ${allow("suspicious-compilation")}`,
  },
  "download-then-run": {
    title: "Suspicious file download followed by file run activity",
    meaning:
      "Something was downloaded and run at once, by one command or within moments. Malware is commonly brought onto a device this way, and so are many installers.",
    remediation: `Check the address it came from and what was run. For installers, fetch, verify and then run. ${allow("download-then-run")}`,
  },
  "suspicious-ip": {
    title: "Suspicious IP address communication",
    meaning: "This device connected to an address on a threat list. It may be reporting to a control server.",
    remediation: `See which process made the connection and whether it is yours. Block the address; if the list is out of date, refresh it. ${allow("suspicious-ip")}`,
  },
  "bash-history-cleared": {
    title: "Bash history cleared",
    meaning: "A shell's command history was deleted or switched off, which hides what was done in that session.",
    remediation: `Ask the account. The audit log still holds the commands that were run: \`ausearch -ua <uid> -sc execve\`. ${allow("bash-history-cleared")}`,
  },
  "device-silent": {
    title: "Device silent",
    meaning:
      "For a long time nothing that this device sent was confirmed by IoT Hub. It was switched off, cut off, or its module did not run; alerts of that time arrive late.",
    remediation: `The evidence gives the gap, restarts and steps of the clock. Check power, network and \`iotedge check\`; set the expected gap in \`alerts.device-silent\` for devices that connect seldom.`,
  },
  "brute-force-failed": {
    title: "Failed brute force attempt",
    meaning:
      "Many logins from one address failed within minutes, none succeeded. Somebody or something is trying passwords.",
    remediation: `Make sure that SSH cannot be reached from outside and accepts keys only (\`PasswordAuthentication no\`). A forgotten script with an old password looks the same when the address is yours. ${allow("brute-force-failed")}`,
  },
  "user-added-to-group": {
    title: "Local user was added to one or more groups",
    meaning:
      "An account became a member of a group. Memberships change seldom, and some, such as sudo or docker, amount to root's rights.",
    remediation: `Check that the account needs the group. If not: \`gpasswd -d <user> <group>\`, and find out who added it. ${allow("user-added-to-group")}`,
  },
  "user-removed-from-group": {
    title: "Local user was removed from one or more groups",
    meaning: "An account lost a group. An intruder may be shutting out an administrator or tidying up.",
    remediation: `Check that the change was ordered; otherwise add the account again and find out who removed it. ${allow("user-removed-from-group")}`,
  },
  "local-user-deleted": {
    title: "Deletion of local user detected",
    meaning:
      "A local account was deleted. This is rare, and may be meant to shut out its owner or to remove traces of an account that was used for an attack.",
    remediation: `Check that the deletion was ordered, and look at what the account did before. ${allow("local-user-deleted")}`,
  },
  "custom-active-connections": {
    title: "Custom alert: number of active connections outside the allowed range",
    meaning: "The number of open connections within the window is outside the range that you set.",
    remediation:
      "See in the evidence how many there were and compare with `ss -tanp` on the device. Adjust the range in `alerts.custom-active-connections` if the number is normal.",
  },
  "custom-failed-local-logins": {
    title: "Custom alert: number of failed local logins outside the allowed range",
    meaning: "The number of failed logins at the device itself within the window is outside the range that you set.",
    remediation:
      "Check who was at the device. Adjust the range in `alerts.custom-failed-local-logins` if the number is normal.",
  },
  "custom-connection-not-allowed": {
    title: "Custom alert: outbound connection to an address that is not allowed",
    meaning: "A process connected to an address that is not on the list you set.",
    remediation:
      "See which process it was. Add the address to the list in `alerts.custom-connection-not-allowed` if it belongs to your solution; otherwise block it.",
  },
  "custom-login-not-allowed": {
    title: "Custom alert: login of a user that is not allowed",
    meaning: "An account logged in that is not on the list you set.",
    remediation:
      "Ask the owner of the account. Add it to the list in `alerts.custom-login-not-allowed`, or lock it with `passwd -l`.",
  },
  "custom-process-not-allowed": {
    title: "Custom alert: execution of a process that is not allowed",
    meaning: "A program was run that is not on the list you set.",
    remediation:
      "See who ran it and what started it. Add the program to the list in `alerts.custom-process-not-allowed` if it belongs to your solution.",
  },
  "custom-message-count": {
    title: "Custom alert: number of messages outside the allowed range",
    meaning:
      "The number of messages from a module or downstream device within the window is outside the range that you set.",
    remediation:
      "Check the sender named in the evidence: silence may mean a fault, a flood a loop or an abuse. Adjust the range in `alerts.custom-message-count`.",
  },
  "coverage-lost": {
    title: "A part of the device could not be watched",
    meaning:
      "Records were lost, or a source that Vedette reads stopped. What happened there in that time raised no alert. An intruder may have caused it.",
    remediation:
      "The evidence names the source and the reason. `vedette doctor` shows what is missing and how to get it back; for lost audit records, raise `auditctl -b` or narrow the rules.",
  },
  "alerts-held-back": {
    title: "Alerts were held back",
    meaning:
      "More alerts arose than the limits let through, so some were counted instead of sent. Either the device is under attack, or a rule does not fit it.",
    remediation:
      "The evidence shows how many of which alert. Look at the most frequent one first; add exceptions for what is normal here, or raise the limits in the module twin.",
  },
} satisfies Record<AlertId, AlertText>;

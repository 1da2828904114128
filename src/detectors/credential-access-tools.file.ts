/**
 * A file that holds secrets is opened by a program outside the short list of those whose trade it is.
 *
 * Blind spot: only files that the audit rules watch, and whatever an allowed program does with what it read.
 */
import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type Match, matcher } from "./detector.ts";
import { configurationManagement, fromPackageManager, hasAncestor, schedulers } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { type SecretKind, secretKind } from "./knowledge/credentials.ts";
import { scriptOperand } from "./knowledge/executions.ts";
import { basename, inSystemDirectory } from "./knowledge/paths.ts";
import { secretReaders } from "./knowledge/shared-settings.ts";

/** Programs (in system directories) that read password hashes on duty: login(1), sshd(8), PAM and shadow's tools. */
const authenticators = new Set(
  [
    "login sshd sshd-session sshd-auth sudo su passwd chpasswd chage gpasswd newgrp useradd usermod userdel adduser",
    "deluser unix_chkpwd unix_update pwck grpck pwconv vipw cron crond atd systemd systemd-sysusers systemd-logind",
    "systemd-userdbd systemd-executor gdm-session-worker lightdm sddm-helper xdm polkit-agent-helper-1 nscd nslcd sssd",
    "sssd_be dropbear vsftpd proftpd dovecot auth cockpit-session samba smbd winbindd runuser doas getty agetty pkexec",
    "accounts-daemon cupsd postfix exim4 saslauthd xrdp-sesman vlock screen tmux unattended-upgr cloud-init waagent",
    "chown chmod dpkg rpm updatedb updatedb.mlocate updatedb.plocate aide tripwire rkhunter",
  ].flatMap((line) => line.split(" ")),
);
const owners: Partial<Record<SecretKind, readonly string[]>> = {
  "device identity key": [
    "aziot-keyd",
    "aziot-certd",
    "aziot-identityd",
    "aziot-tpmd",
    "aziotd",
    "iotedged",
    "aziotctl",
    "aziot-edged",
  ],
  "private key": [
    "ssh",
    "sshd",
    "sshd-session",
    "sshd-auth",
    "ssh-agent",
    "ssh-add",
    "ssh-keygen",
    "ssh-keysign",
    "scp",
    "sftp",
    "git",
    "rsync",
    "gpg-agent",
    "gpg",
    "nginx",
    "apache2",
    "httpd",
    "haproxy",
    "dovecot",
    "postfix",
    "smtpd",
    "exim4",
    "slapd",
    "mosquitto",
    "openvpn",
    "stunnel4",
    "certbot",
    "openssl",
    "make-ssl-cert",
    "postgres",
    "mysqld",
    "mariadbd",
  ],
  "cloud credentials": [
    "aws",
    "az",
    "gcloud",
    "python3",
    "python",
    "kubectl",
    "helm",
    "kubelet",
    "terraform",
    "node",
    "docker",
  ],
  "service credentials": [
    "docker",
    "dockerd",
    "podman",
    "git",
    "git-remote-https",
    "curl",
    "wget",
    "psql",
    "pg_dump",
    "mysql",
    "mysqldump",
    "gh",
    "terraform",
    "vault",
    "pppd",
    "charon",
    "starter",
    "sssd",
    "s3fs",
    "ftp",
  ],
  "browser passwords": [
    "firefox",
    "firefox-esr",
    "firefox-bin",
    "chrome",
    "chromium",
    "chromium-browser",
    "brave",
    "msedge",
    "opera",
    "thunderbird",
  ],
  keyring: ["gnome-keyring-daemon", "kwalletd5", "kwalletd6", "keepassxc", "java", "keytool"],
};

export const credentialAccessToolsFile = matcher({
  alert: "credential-access-tools",
  on: ["file.opened"],
  settings: z.object({
    allowedPaths: secretReaders,
    allowedFiles: z.array(z.string()).default([]).describe("Absolute paths of files that anyone may read."),
  }),
  match({ file, process }, { allowedPaths, allowedFiles }): Match | undefined {
    const kind = secretKind(file.path);
    if (kind === undefined || allowedFiles.includes(file.path) || allowedPaths.includes(process.exe)) return undefined;
    if (onDuty(process, kind)) return undefined;
    const name = basename(process.exe) || process.comm || "an unknown program";
    return {
      subject: `${kind}: ${file.path}`,
      reason: `${name} opens ${file.path} (${kind})`,
      confidence: "medium",
      evidence: { process, container: process.container, file },
    };
  },
});

/** Trusted by name and place, by its parents, or because the secret is its own user's and the tool's own. */
function onDuty(process: Process, kind: SecretKind): boolean {
  const name = basename(process.exe);
  const placed = process.exe !== "" && (inSystemDirectory(process.exe) || process.exe.startsWith("/opt/"));
  if (placed && (authenticators.has(name) || owners[kind]?.includes(name))) return true;
  if (kind === "password hashes" && looksUpAccounts(process)) return true;
  if (/^\/proc\/(?:self|thread-self)\//.test(process.exe)) return true;
  return (
    fromPackageManager(process) || hasAncestor(process, configurationManagement) || hasAncestor(process, schedulers)
  );
}

/**
 * Perl's getpwnam and getpwuid call getspnam(3) too (pp_sys.c), so that every installed perl script that asks for an
 * account opens the hashes when root runs it: adduser, pg_lsclusters, debconf.
 */
function looksUpAccounts(process: Process): boolean {
  if (!inSystemDirectory(process.exe) || !/^perl[\d.]*$/.test(basename(process.exe))) return false;
  const [command] = commandLine(process).commands;
  const script = command && scriptOperand(command);
  return script !== undefined && inSystemDirectory(script);
}

/** How commands get at secrets: reading the files, dumping . */
import { type Command, resolvePath } from "./command.ts";
import { type Access, captureOf } from "./credential-captures.ts";
import { type SecretKind, secretKind } from "./credentials.ts";
import { interpreterCall, isShell } from "./interpreters.ts";
import { dirname, inTemporaryDirectory } from "./paths.ts";

/** Programs that do not read what they are given, or whose trade it is to. */
const harmless = new Set(
  [
    "ls stat chmod chown chgrp test [ [[ touch mkdir rmdir rm unlink shred truncate ln file du getfacl setfacl lsattr",
    "chattr dpkg dpkg-query dpkg-divert dpkg-statoverride rpm auditctl ausearch ssh-keygen ssh ssh-add ssh-agent",
    "ssh-copy-id sftp git kubectl helm openssl certbot passwd chpasswd useradd usermod userdel adduser deluser pwck pwconv",
    "pwunconv grpck grpconv vipw vigr chage echo printf mount umount semanage restorecon chcon matchpathcon logrotate",
    "aide tripwire rkhunter chkrootkit lynis debsums find locate docker podman docker-compose systemctl service iotedge",
    "aziotctl inotifywait fuser lsof realpath readlink basename dirname true false : cd export which man vi vim nano",
    "nvim emacs ed-edit visudo sudoedit install tee useradd.local shadowconfig unix_chkpwd md5sum sha1sum sha256sum b2sum",
    "curl-config wg wg-quick nmcli wpa_supplicant hostapd nginx apache2 haproxy dovecot sshd stunnel openvpn mosquitto",
    "ansible-vault gpg gpg2 gpgconf gpg-agent keytool sha512sum cksum",
  ].flatMap((line) => line.split(" ")),
);

/** Programs that show or carry off a file's content. */
const readers = new Set(
  [
    "cat tac head tail less more nl strings xxd hexdump hd od base32 base64 basenc uuencode grep egrep fgrep zgrep awk",
    "gawk mawk nawk cut sort uniq rev tr sed fold fmt pr paste cp mv scp rsync tar zip gzip 7z curl wget nc ncat dd xargs",
    "jq yq perl python python3 ruby php node sqlite3 db_dump ssh2john unshadow diff cmp comm join look bat batcat column",
  ].flatMap((line) => line.split(" ")),
);

/** Reads one command; undefined where it touches no secret. */
export function accessOf(command: Command): Access | undefined {
  return captureOf(command) ?? fileRead(command);
}

function fileRead(command: Command): Access | undefined {
  const { name } = command;
  if (name === "" && !command.assignments.length && !command.redirections.length) return undefined;
  const words = operandsOf(command);
  for (const word of words) {
    const path = resolvePath(command, word);
    const kind = secretKind(path) ?? packedDirectory(command, path);
    if (kind === undefined) continue;
    const found = judge(command, path, kind);
    if (found) return found;
  }
  return inCode(command);
}

const archivers = new Set("tar bsdtar zip 7z 7za 7zz rar cpio".split(" "));

/** A whole directory of keys put into an archive: `tar czf k.tgz ~/.ssh`. */
function packedDirectory({ name, args }: Command, path: string): SecretKind | undefined {
  if (!archivers.has(name) || !/\/\.(?:ssh|gnupg|aws|azure|kube)(?:\/\*?)?$/.test(path)) return undefined;
  const creates = args.some((arg, i) => /^--create$|^-[a-zA-Z]*c/.test(arg) || (i === 0 && /^[a-z]*c/.test(arg)));
  return creates || !name.endsWith("tar") ? "private key" : undefined;
}

/** Arguments as paths: plain, attached to an option or a scheme, read by `<`, or kept in a variable for later. */
function operandsOf(command: Command): readonly string[] {
  const read = command.redirections
    .filter(({ operator }) => operator === "<" || operator === "<>")
    .map(({ target }) => target);
  // A shell's operands are scripts, and its text is a command of its own.
  const args = isShell(command.name) ? [] : command.args.slice(0, 256);
  const given = args.flatMap((arg) => {
    const text = arg.slice(0, 4096);
    if (!text.includes("/") && !text.startsWith(".")) return [text];
    const attached = /^(?:--?[\w-]{1,40}[= ]?|[\w-]{1,24}=|@|file:\/\/)?@?((?:\/|~\/|\.).*)$/s.exec(text)?.[1];
    return attached !== undefined && attached !== text ? [attached, text] : [text];
  });
  return [...given, ...read];
}

function judge(command: Command, path: string, kind: SecretKind): Access | undefined {
  const { name, args } = command;
  const what = `${kind}: ${path.slice(0, 200)}`;
  if (harmless.has(name)) return undefined;
  if (kind === "password hashes") return hashes(command, path, what);
  if (kind === "memory of a process" && path.endsWith("/environ")) {
    // One's own environment is no secret; init's and others' are read for tokens.
    if (path.startsWith("/proc/*/")) return access(what, name, "medium");
    return /^\/proc\/(?:self|thread-self|\$\$)\//.test(path)
      ? undefined
      : readers.has(name)
        ? access(what, name, "low")
        : undefined;
  }
  if (kind === "memory of a process" || kind === "raw memory") return access(what, name, "high");
  if (!readers.has(name) || onlyIdentifies(command, path) || copiesHome(command, path)) return undefined;
  const quiet = name === "sed" && args.some((arg) => /^-[a-z]*i|^--in-place/.test(arg));
  return quiet ? undefined : access(what, name, "medium");
}

function access(what: string, name: string, confidence: Access["confidence"]): Access {
  return {
    what,
    reason: `${name} reads ${what.slice(what.indexOf(": ") + 2)} (${what.slice(0, what.indexOf(": "))})`,
    confidence,
  };
}

/** /etc/shadow: any program that is given it, but for edits in place, backups beside it and audits of empty fields. */
function hashes({ name, args, redirections }: Command, path: string, what: string): Access | undefined {
  if (name === "") return undefined;
  if (name === "sed" && args.some((arg) => /^-[a-zA-Z]*i|^--in-place/.test(arg))) return undefined;
  if (name === "cmp" && args.some((arg) => /^-[a-z]*s/.test(arg))) return undefined;
  const last = args.at(-1) ?? "";
  if (/^(?:cp|mv|rsync|install)$/.test(name)) {
    if (!args.slice(0, -1).some((arg) => secretKind(arg) === "password hashes")) return undefined;
    if (/^\/(?:etc|var\/backups|root\/backup|backup)(?:\/|$)/.test(last) || dirname(last) === dirname(path))
      return undefined;
  }
  const test = name === "grep" && args.some((arg) => /^-[a-zA-Z]*[cqlL]/.test(arg));
  const audit = /^[gm]?awk$/.test(name) && args.some((arg) => /\$2\s*==\s*""|length\(\$2\)/.test(arg.slice(0, 256)));
  const discarded = redirections.some(
    ({ operator, target }) => operator.includes(">") && target === "/dev/null" && (name === "cat" || name === "head"),
  );
  return access(what, name, test || audit || discarded ? "low" : "high");
}

/** The key is used to log in, not read: `-i KEY`, `--key KEY`, `--cert X`, `-o IdentityFile=`. */
function onlyIdentifies({ name, args }: Command, path: string): boolean {
  if (name !== "scp" && name !== "rsync" && name !== "curl" && name !== "wget") return false;
  return args.some((arg, i) => {
    const before = args[i - 1] ?? "";
    const same = arg.endsWith(path.slice(path.lastIndexOf("/")));
    return (
      same &&
      (/^(?:-i|-e|-E|--key|--cert|--cacert|--private-key|--certificate|--netrc-file|-K|--config)$/.test(before) ||
        arg.includes(" -i ") ||
        /^(?:-i|--key=|--private-key=|-oIdentityFile=)/.test(arg))
    );
  });
}

/** `cp /etc/kubernetes/admin.conf ~/.kube/config`, `cp ~/.ssh/id_rsa ~/.ssh/id_rsa.bak`: set up, not carried off. */
function copiesHome(command: Command, path: string): boolean {
  if (command.name !== "cp" && command.name !== "mv") return false;
  const target = resolvePath(command, command.args.at(-1) ?? "");
  if (target === path) return true;
  return (
    !inTemporaryDirectory(target) &&
    (secretKind(target) !== undefined ||
      dirname(target) === dirname(path) ||
      /\/\.(?:ssh|kube|aws|docker|azure)(?:\/|$)/.test(target))
  );
}

/** A path inside another language's code: `open("/etc/shadow")`. */
function inCode(command: Command): Access | undefined {
  const code =
    interpreterCall(command)?.code ??
    (command.name === "ed" || /^vim?$/.test(command.name) ? command.args.join(" ") : undefined);
  const found =
    code &&
    /\/etc\/g?shadow\b|\/\.ssh\/id_[a-z0-9]+\b(?!\.pub)|\/\.aws\/credentials\b|\/proc\/\d+\/mem\b|\/dev\/k?mem\b/.exec(
      code.slice(0, 8192),
    )?.[0];
  return found ? access(`${secretKind(found) ?? "secret"}: ${found}`, command.name, "medium") : undefined;
}

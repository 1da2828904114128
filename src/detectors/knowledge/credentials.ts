/**
 * Where secrets lie and what digs for them. Paths are the defaults of each product's own documentation (shadow(5),
 * ssh(1), aws/az/gcloud CLI, Docker, Kubernetes, Azure IoT Edge), read November 2026.
 */
import { basename } from "./paths.ts";

export type SecretKind =
  | "password hashes"
  | "private key"
  | "device identity key"
  | "cloud credentials"
  | "service credentials"
  | "browser passwords"
  | "keyring"
  | "memory of a process"
  | "raw memory";

interface Place {
  readonly kind: SecretKind;
  readonly pattern: RegExp;
}

/** Every pattern is anchored at an end and free of nested repeats: linear on any input. */
const places: readonly Place[] = [
  {
    kind: "password hashes",
    pattern: /(?:^|\/)etc\/(?:g?shadow-?|master\.passwd|spwd\.db|security\/opasswd|tcb\/[^/]+\/shadow)(?:[~.][^/]*)?$/,
  },
  { kind: "password hashes", pattern: /(?:^|\/)var\/backups\/g?shadow\.bak$/ },
  {
    kind: "password hashes",
    pattern: /(?:^|\/)(?:etc\/samba|var\/lib\/samba\/private)\/(?:smbpasswd|passdb\.tdb|secrets\.tdb)$/,
  },
  {
    kind: "device identity key",
    pattern:
      /(?:^|\/)var\/(?:lib\/(?:aziot\/(?:keyd|certd|tpmd|identityd)|iotedge\/hsm)|secrets\/aziot)\/[^\n]{0,1024}[^/]$/,
  },
  { kind: "private key", pattern: /(?:^|\/)\.ssh\/(?:id_[\w*?-]+|identity)$/ },
  { kind: "private key", pattern: /(?:^|\/)etc\/ssh\/ssh_host_[\w*]+_key$/ },
  { kind: "private key", pattern: /(?:^|\/)(?:etc\/ssl\/private|etc\/pki\/tls\/private)\/[^/]+$/ },
  { kind: "private key", pattern: /(?:^|\/)\.gnupg\/(?:secring\.gpg|private-keys-v1\.d(?:\/[^/]*)?)$/ },
  { kind: "cloud credentials", pattern: /(?:^|\/)\.aws\/(?:credentials|cli\/cache\/[^/]+|sso\/cache\/[^/]+)$/ },
  {
    kind: "cloud credentials",
    pattern:
      /(?:^|\/)\.azure\/(?:accessTokens\.json|msal_token_cache\.\w+|msal_http_cache\.bin|service_principal_entries\.\w+)$/,
  },
  {
    kind: "cloud credentials",
    pattern:
      /(?:^|\/)(?:\.config\/)?gcloud\/(?:credentials\.db|access_tokens\.db|application_default_credentials\.json|legacy_credentials(?:\/[^\n]{0,1024})?)$/,
  },
  {
    kind: "cloud credentials",
    pattern:
      /(?:^|\/)run\/secrets\/(?:kubernetes\.io\/serviceaccount\/(?:token|\*)|eks\.amazonaws\.com\/serviceaccount\/token)$/,
  },
  {
    kind: "cloud credentials",
    pattern: /(?:^|\/)(?:\.kube\/config|etc\/kubernetes\/(?:admin|super-admin|kubelet|controller-manager)\.conf)$/,
  },
  {
    kind: "service credentials",
    pattern:
      /(?:^|\/)\.(?:docker\/config\.json|netrc|git-credentials|pgpass|my\.cnf|mylogin\.cnf|boto|s3cfg|passwd-s3fs|vault-token|htpasswd|rhosts|dockercfg|smbcredentials)$/,
  },
  {
    kind: "service credentials",
    pattern:
      /(?:^|\/)(?:\.config\/gh\/hosts\.yml|\.terraform\.d\/credentials\.tfrc\.json|etc\/krb5\.keytab|etc\/ppp\/(?:chap|pap)-secrets|etc\/ipsec\.secrets|var\/lib\/sss\/secrets\/[^/]+|etc\/passwd-s3fs)$/,
  },
  { kind: "service credentials", pattern: /(?:^|\/)tmp\/krb5cc_\w+$/ },
  {
    kind: "browser passwords",
    pattern:
      /(?:^|\/)(?:\.mozilla|\.thunderbird|firefox)\/[^\n]{0,256}\/?(?:logins\.json|key[34]\.db|signons\.sqlite|cookies\.sqlite)$/,
  },
  {
    kind: "browser passwords",
    pattern:
      /(?:^|\/)(?:google-chrome|chromium|BraveSoftware|microsoft-edge|opera)[^\n]{0,256}\/(?:Login Data|Cookies|Web Data)$/i,
  },
  { kind: "keyring", pattern: /(?:^|\/)(?:\.local\/share\/keyrings|\.gnome2\/keyrings|kwalletd?)\/[^/]+$/ },
  { kind: "keyring", pattern: /\.(?:kdbx?|keystore|jks)$/ },
  { kind: "memory of a process", pattern: /^\/proc\/[^/]{1,32}\/(?:mem|environ)$/ },
  { kind: "raw memory", pattern: /^(?:\/dev\/k?mem|\/dev\/fmem|\/proc\/kcore|\/dev\/crash)$/ },
];

/** What kind of secret a path holds, or undefined. Public halves (`.pub`) are none. */
export function secretKind(path: string): SecretKind | undefined {
  if (path.length > 4096 || path.endsWith(".pub") || !/[/.]/.test(path)) return undefined;
  return places.find(({ pattern }) => pattern.test(path))?.kind;
}

const tools = new Set(
  [
    "mimipenguin mimipy lazagne lazagneforensic logkeys unshadow unafs mimikatz pypykatz linikatz swap_digger 3snake",
    "firefox_decrypt firepwd dumpzilla hackbrowserdata hack-browser-data chromepass keysniffer uberkey xspy simplekeylogger",
    "sshlooter gimmecredz john hashcat oclhashcat ophcrack rainbowcrack truecrack bruteforce-luks bruteforce-salted-openssl",
    "hashcat-cli chntpw samdump2 creddump7 lsassy donpapi keydump keimpx tickey sshprank cachedump lsadump pwdump fcrackzip trufflehog",
    "pdfcrack rarcrack bkcrack cudahashcat keylogger pykeylogger",
  ].flatMap((line) => line.split(" ")),
);

/** Is this program or script made to steal, dump or crack credentials? */
export function credentialTool(path: string): boolean {
  const name = basename(path).slice(0, 96).toLowerCase();
  const bare = name
    .replace(/\.(?:py|sh|pl|rb|elf|bin|exe|jar)$/, "")
    .replace(/[-_.](?:linux|x64|x86_64|amd64|arm64|64|v?\d[\d.]{0,32})$/, "");
  return tools.has(bare) || /^\w{2,24}2john$/.test(bare) || /(?:^|[-_])key-?logger(?:$|[-_])/.test(bare);
}

/** File names that only someone who gathers secrets searches for over a whole tree. */
const hunted =
  /(?:^|[/*.\\])(?:id_(?:rsa|dsa|ecdsa|ed25519)|id_\*|identity|authorized_keys|known_hosts|\.ssh|\.netrc|netrc|\.git-credentials|git-credentials|\.pgpass|pgpass|\.htpasswd|htpasswd|credentials?|\.aws|\.azure|\.gnupg|\.kube|kubeconfig|wp-config\.php|shadow|passwd|password|passwords|secrets?|logins\.json|key[34]\.db|login data|cookies\.sqlite|\.bash_history|\.my\.cnf|\.npmrc|\.pypirc|\.dockercfg|\.s3cfg|\.passwd-s3fs|\.env)(?:$|[*.\\/])/i;
const huntedEnds =
  /\*?\.(?:pem|ppk|p12|pfx|kdbx?|key|keytab|jks|ovpn|rdp|pgp|gpg|cer|asc|keystore|agilekeychain|psafe3)$/i;
const huntedParts = /\*[^/]{0,32}(?:passw|passwd|pwd|secret|credential|private_?key|id_rsa)[^/]{0,32}\*?|history\*?$/i;

/** Does a `find -name` or `locate` pattern look for secrets? `ends` = by extension only (certificates are common). */
export function huntedName(pattern: string): "name" | "ends" | undefined {
  if (pattern.length > 256 || pattern.endsWith(".pub")) return undefined;
  if (hunted.test(pattern) || huntedParts.test(pattern)) return "name";
  return huntedEnds.test(pattern) ? "ends" : undefined;
}

/** Text that only someone who gathers secrets greps whole trees for. */
const huntedWords =
  /BEGIN[ .\\sA-Z*+()|]{0,32}PRIVATE|passw|passwd|\bpwd\b|\bpass\b|secret|credential|api[-_.]?key|access[-_.]?key|auth[-_.]?token|client[-_.]?secret|private[-_.]?key|AKIA|SharedAccessKey|DB_(?:USER|PASS)|connectionstring/i;

export function huntedText(pattern: string): boolean {
  return huntedWords.test(pattern.slice(0, 512));
}

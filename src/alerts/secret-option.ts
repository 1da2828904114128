/**
 * Options whose value is a secret although no name says so: `-p`, `-u user:password`. What `-p` means depends on the
 * program, so a port or `mkdir -p` stays. From the manual pages of the programs.
 */
import { isSecretPair } from "./secret-name.ts";
import { hideOperands } from "./secret-operand.ts";
import { mask } from "./secret-pattern.ts";

interface Options {
  /** The next word is the secret, or the rest of this one (`-p secret`, `-psecret`). */
  readonly both?: readonly string[];
  /** Only the rest of the word (`mysql -psecret`; `-p` alone asks). */
  readonly attached?: readonly string[];
  /** The secret follows this character in the value: `-u user:secret`. */
  readonly after?: Readonly<Record<string, string>>;
  /** Needs this word among the arguments (`docker login`). */
  readonly when?: string;
  /** The program runs another, whose options are not its own. */
  readonly once?: true;
}

const client: Options = { attached: ["-p"] };
const login: Options = { both: ["-p"], when: "login" };
const archive: Options = { attached: ["-p", "-hp"] };
const ldap: Options = { both: ["-w"] };
const mosquitto: Options = { both: ["-P", "--pw"] };
const snmp: Options = { both: ["-c", "-A", "-X"] };
const account: Options = { both: ["-p"] };
const upper: Options = { both: ["-P"] };
const smb: Options = { after: { "-U": "%", "--user": "%" } };
const httpie: Options = { after: { "-a": ":", "--auth": ":" } };
const putty: Options = { both: ["-pw"] };
const freerdp: Options = { attached: ["/p:"] };

const programs: Readonly<Record<string, Options>> = {
  mysql: client,
  mysqldump: client,
  mysqladmin: client,
  mysqlimport: client,
  mysqlshow: client,
  mysqlcheck: client,
  mariadb: client,
  "mariadb-dump": client,
  "mariadb-admin": client,
  sshpass: { both: ["-p"], once: true },
  docker: login,
  podman: login,
  buildah: login,
  skopeo: login,
  nerdctl: login,
  az: login,
  oc: login,
  helm: { both: ["-p"], when: "registry" },
  mongo: account,
  mongosh: account,
  mongodump: account,
  mongorestore: account,
  mongoexport: account,
  useradd: account,
  usermod: account,
  ncftpput: account,
  ncftpget: account,
  "redis-cli": { both: ["-a"] },
  ldapsearch: ldap,
  ldapadd: ldap,
  ldapmodify: ldap,
  ldapdelete: ldap,
  ldapwhoami: ldap,
  ldappasswd: { both: ["-w", "-s", "-a"] },
  mosquitto_pub: mosquitto,
  mosquitto_sub: mosquitto,
  mosquitto_rr: mosquitto,
  ipmitool: upper,
  sqlcmd: upper,
  bcp: upper,
  zip: upper,
  unzip: upper,
  "7z": archive,
  "7za": archive,
  "7zr": archive,
  rar: archive,
  unrar: archive,
  snmpwalk: snmp,
  snmpget: snmp,
  snmpset: snmp,
  openssl: { both: ["-k", "-K"], when: "enc" },
  curl: {
    both: ["--oauth2-bearer"],
    after: {
      "-b": "=",
      "--cookie": "=",
      "-u": ":",
      "--user": ":",
      "-U": ":",
      "--proxy-user": ":",
      "-E": ":",
      "--cert": ":",
    },
  },
  http: httpie,
  https: httpie,
  xh: httpie,
  xhs: httpie,
  plink: putty,
  pscp: putty,
  psftp: putty,
  xfreerdp: freerdp,
  xfreerdp3: freerdp,
  rdesktop: account,
  cqlsh: account,
  twine: account,
  hydra: account,
  medusa: account,
  crackmapexec: account,
  nxc: account,
  netexec: account,
  "evil-winrm": account,
  tsql: upper,
  winexe: smb,
  "ssh-keygen": { both: ["-N", "-P"] },
  swaks: { both: ["-ap"] },
  sendemail: { both: ["-xp"] },
  sendEmail: { both: ["-xp"] },
  lftp: { after: { "-u": "," } },
  smbclient: smb,
  rpcclient: smb,
  smbmap: { both: ["-p"] },
};

const programName = (word: string) => word.slice(word.lastIndexOf("/") + 1);

/** The program that the words run: the first known one, behind assignments and wrappers such as sudo or env. */
function optionsOf(words: readonly string[]): { options: Options; from: number } | undefined {
  for (const [index, word] of words.slice(0, 8).entries()) {
    const options = Object.hasOwn(programs, programName(word)) ? programs[programName(word)] : undefined;
    if (options) return options.when && !words.includes(options.when) ? undefined : { options, from: index + 1 };
  }
  return undefined;
}

/** `value` without what follows `character`; unchanged where there is nothing to hide. */
function hideAfter(value: string, character: string): string {
  const at = value.indexOf(character);
  return at < 0 || at === value.length - 1 || value.startsWith("$", at + 1) ? value : value.slice(0, at + 1) + mask;
}

const isOption = (word: string | undefined) => word === undefined || (word.length > 1 && word.startsWith("-"));

function hideOption(words: string[], index: number, options: Options): void {
  const word = words[index] ?? "";
  const next = words[index + 1];
  for (const option of options.both ?? []) {
    if (word === option && !isOption(next) && next?.[0] !== "$") words[index + 1] = mask;
    else if (isAttached(word, option)) words[index] = option + mask;
  }
  for (const option of options.attached ?? []) if (isAttached(word, option)) words[index] = option + mask;
  for (const [option, character] of Object.entries(options.after ?? {})) {
    if (word === option && next !== undefined) words[index + 1] = hideAfter(next, character);
    else if (isAttached(word, option) || word.startsWith(`${option}=`)) words[index] = hideAfter(word, character);
    else if (isClustered(word, option) && next !== undefined) words[index + 1] = hideAfter(next, character);
  }
}

const isAttached = (word: string, option: string) =>
  word.length > option.length && word.startsWith(option) && word[option.length] !== "$" && !option.startsWith("--");

/** `-su user:secret`: a short option behind others that take no value. */
const isClustered = (word: string, option: string) =>
  option.length === 2 && /^-[A-Za-z]{2,8}$/.test(word) && word.endsWith(option[1] ?? "");

/** Hides secrets given as options in the words of one command; changes `words`. */
export function hideOptions(words: string[]): void {
  const known = optionsOf(words);
  let done = false;
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    // `--password secret`, `-storepass secret`, `--api-key secret`: the name tells.
    if (/^--?[A-Za-z][\w-]{2,63}$/.test(word) && !isOption(next) && isSecretPair(word, " ", next ?? "")) {
      words[index + 1] = mask;
    }
    if (!known || done || index < known.from) continue;
    hideOption(words, index, known.options);
    done = known.options.once === true && !isOption(word);
  }
  hideOperands(words);
}

/**
 * Commands that encrypt files (openssl-enc(1), gpg(1), 7z, zip(1), rar, ccrypt(1), mcrypt, age(1)) and that destroy
 * what files could be restored from (btrfs, zfs, lvm, snapper, timeshift, hypervisors, backup directories).
 */
import { type Command, resolvePath } from "./command.ts";
import { interpreterCall } from "./interpreters.ts";
import { parseOptions } from "./options.ts";
import { basename } from "./paths.ts";

export interface Encryption {
  readonly tool: string;
  /** What is encrypted, as written. */
  readonly inputs: readonly string[];
  /** The original goes (7z -sdel, rar -df, zip -m, in-place tools). */
  readonly destroys: boolean;
}

/** What the command encrypts; undefined for decryption, hashing and anything else. */
export function encryption(command: Command): Encryption | undefined {
  const { name, args } = command;
  switch (name) {
    case "openssl":
      return openssl(args);
    case "gpg":
    case "gpg2":
      return gpg(name, args);
    case "7z":
    case "7za":
    case "7zz":
    case "7zr":
      return args[0] === "a" && args.some((arg) => arg.startsWith("-p"))
        ? found(name, operands(args).slice(2), args.includes("-sdel"))
        : undefined;
    case "zip":
      return args.some((arg) => /^-[a-zA-Z]*[Pe]|^--(?:password|encrypt)/.test(arg))
        ? found(
            name,
            operands(args).slice(1),
            args.some((arg) => /^-[a-zA-Z]*m$|^--move$/.test(arg)),
          )
        : undefined;
    case "rar":
      return /^[am]$/.test(args[0] ?? "") && args.some((arg) => /^-h?p/.test(arg))
        ? found(name, operands(args).slice(2), args[0] === "m" || args.some((arg) => /^-d[frw]$/.test(arg)))
        : undefined;
    case "ccrypt":
      return args.some((arg) => /^-[a-zA-Z]*[dcx]|^--(?:decrypt|cat)$/.test(arg))
        ? undefined
        : found(name, operands(args), true);
    case "ccencrypt":
    case "bcrypt":
      return found(name, operands(args), true);
    case "mcrypt":
      return args.some((arg) => /^-d|^--decrypt/.test(arg))
        ? undefined
        : found(name, operands(args), args.includes("-u"));
    case "age":
    case "rage":
      return args.some((arg) => arg === "-d" || arg === "--decrypt") ? undefined : found(name, operands(args), false);
    case "aescrypt":
      return args.includes("-e") ? found(name, operands(args), false) : undefined;
    default:
      return undefined;
  }
}

function found(tool: string, inputs: readonly string[], destroys: boolean): Encryption {
  return { tool, inputs, destroys };
}

function operands(args: readonly string[]): readonly string[] {
  return args.filter((arg) => !arg.startsWith("-"));
}

function openssl(args: readonly string[]): Encryption | undefined {
  const sub = args[0] ?? "";
  const cipher = /^(?:enc|aes-?\d{3}-\w{2,6}|des3?|bf|camellia|chacha20|rc4|smime|cms)/.test(sub);
  const key = /^(?:rsautl|pkeyutl)$/.test(sub) && args.includes("-encrypt");
  if (
    (!cipher && !key) ||
    args.includes("-d") ||
    args.includes("-decrypt") ||
    args.includes("-verify") ||
    args.includes("-sign")
  )
    return undefined;
  if (
    sub === "enc" &&
    args.some((arg) => arg === "-base64" || arg === "-a") &&
    !args.some((arg) => /^-(?:aes|des|bf|camellia|chacha|rc)/.test(arg))
  )
    return undefined;
  if ((sub === "smime" || sub === "cms") && !args.includes("-encrypt")) return undefined;
  const input = args[args.indexOf("-in") + 1];
  return found("openssl", args.includes("-in") && input !== undefined ? [input] : [], false);
}

function gpg(tool: string, args: readonly string[]): Encryption | undefined {
  const options = parseOptions(args, {
    short: "uroN",
    long: [
      "passphrase",
      "passphrase-fd",
      "passphrase-file",
      "cipher-algo",
      "output",
      "recipient",
      "homedir",
      "pinentry-mode",
      "compress-algo",
      "default-key",
      "s2k-digest-algo",
      "s2k-cipher-algo",
      "s2k-mode",
      "s2k-count",
      "digest-algo",
      "local-user",
      "trust-model",
      "status-fd",
    ],
  });
  return options.has("c", "symmetric", "e", "encrypt") ? found(tool, options.operands, false) : undefined;
}

/** Extensions and names of notes that tell the victim whom to pay. */
export function isRansomNote(path: string): boolean {
  const name = basename(path).slice(0, 128);
  const means =
    /decrypt|ransom|restore[_ -]?(?:my|your|all)?[_ -]?files|recover[_ -]?(?:my|your|all)?[_ -]?files|files[_ -]?encrypted|your[_ -]?files|how[_ -]?to[_ -]?(?:get|unlock|back)|unlock[_ -]?files|pay[_ -]?(?:me|bitcoin|btc)|encrypted[_ -]?files/i;
  return (
    means.test(name) &&
    /(?:\.(?:txt|html?|hta|md|note|rtf)|^[^.]+)$/i.test(name) &&
    /read|how|help|note|instruct|restore|recover|warning|attention|your|files|!|#|_/i.test(name)
  );
}

/** A snapshot or backup that the command destroys; `bulk` when more than one goes at once. */
export function destroyedBackup(command: Command): { readonly what: string; readonly bulk: boolean } | undefined {
  const { name, args } = command;
  const text = args.join(" ").slice(0, 4096);
  const broad = /[*?]|\$|(?:^|\s)\d{1,6}-\d{1,6}(?:\s|$)|(?:^|\s)(?:-r|-R|--all|--delete-all|all)(?:\s|$)/.test(text);
  const reader: Record<string, RegExp> = {
    btrfs: /^(?:subvolume|sub|su) (?:delete|del)\b/,
    zfs: /^destroy\b(?:.*(?:@| -[a-zA-Z]*r)|$)/,
    zpool: /^destroy\b/,
    lvremove: /snap|\*|-f|--force|-y/,
    vgremove: /./,
    snapper: /\bdelete\b/,
    timeshift: /--delete/,
    virsh: /^snapshot-delete\b/,
    tmutil: /^(?:deletelocalsnapshots|delete|disable)\b/,
    "vim-cmd": /snapshot\.removeall/,
    vssadmin: /delete shadows/i,
    wbadmin: /delete/i,
  };
  if (Object.hasOwn(reader, name) && reader[name]?.test(text))
    return {
      what: `${name} ${text.slice(0, 80)}`,
      bulk:
        broad ||
        (command.via === "exec" && text === "destroy") ||
        bySnapshot(name, text) ||
        /zpool|vgremove|vim-cmd|vssadmin|wbadmin/.test(name),
    };
  if (name === "rm" || name === "shred") return removed(command);
  if (
    name === "find" &&
    (args.includes("-delete") || /-exec (?:rm|shred)\b/.test(text)) &&
    /-i?name \*?\.?(?:bak|backup|bkp|bkf|vbk|old|dump|sql\.gz)\b|-i?name \*\.(?:bak|backup|bkp|vbk|snap)/.test(text)
  )
    return /-(?:[acm]time|[acm]min|newer)/.test(text) || tidiesHere(command)
      ? undefined
      : { what: "every backup file found", bulk: true };
  return undefined;
}

/** An editor's leftovers in the directory where one works, not at the top of a tree. */
function tidiesHere({ args, cwd }: Command): boolean {
  return /^(?:\.|\.\/|-.*)$/.test(args[0] ?? "-") && !/^\/(?:home|srv|mnt|media|data|backups?|var|root)?$/.test(cwd);
}

/** A snapshot of the volume manager taken away by hand and without asking; what prunes by schedule does so as its child. */
function bySnapshot(name: string, text: string): boolean {
  if (/(?:^|\s)(?:-t|--test)(?:\s|$)/.test(text)) return false;
  if (name === "lvremove")
    return /snap/i.test(text) && /(?:^|\s)(?:-\w{0,16}[fy]\w{0,16}|--force|--yes)(?:\s|$)/.test(text);
  return name === "btrfs" && /\/\.?snapshots?\//.test(text);
}

function removed(command: Command): { readonly what: string; readonly bulk: boolean } | undefined {
  for (const arg of command.args) {
    if (arg.startsWith("-")) continue;
    const path = resolvePath(command, arg);
    if (
      /^\/(?:var\/)?backups?(?:\/\*|\/?$)|^\/(?:mnt|srv|data|home\/[^/]{1,64}|root|opt|storage)\/backups?(?:\/\*)?\/?$|\/\.snapshots?(?:\/\*)?$/.test(
        path,
      )
    )
      return { what: path, bulk: true };
  }
  return undefined;
}

/** `find -exec mv {} {}.locked`, `for f in *; do mv "$f" "$f.crypt"`: every file gets the suffix of the encrypted. */
export function marksEncrypted({ name, args }: Command): boolean {
  if (name !== "mv" && name !== "rename") return false;
  const [from = "", to = ""] = args.filter((arg) => !arg.startsWith("-"));
  const many = from.includes("{}") || /^["']?\$\{?\w{1,32}\}?["']?$/.test(from) || from === "$0" || from === "%";
  return (
    many &&
    to.startsWith(from) &&
    /^\.?(?:\w{0,16}[_.-])?(?:encrypt(?:ed)?|crypt(?:ed|o)?|locked|lock(?:bit|y)?|enc|wncry|ransom|pay2\w{0,8})$/i.test(
      to.slice(from.length),
    )
  );
}

/** A one-liner that walks a tree and encrypts what it finds. */
export function encryptsTree(command: Command): boolean {
  const code = interpreterCall(command)?.code?.slice(0, 16_384);
  if (!code) return false;
  return (
    /os\.walk|glob|rglob|listdir|scandir|readdir|RecursiveDirectoryIterator|File::Find|find\(|Dir\[/.test(code) &&
    /Fernet|AES|encrypt|ChaCha|openssl_encrypt|createCipher|Crypt::/.test(code)
  );
}

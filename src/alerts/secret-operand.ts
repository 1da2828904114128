/**
 * Secrets that stand where a program expects them, without an option or a name before them: `wpa_passphrase SSID PASS`,
 * `rabbitmqctl add_user NAME PASS`, `mysqladmin password PASS`, `aws configure set NAME VALUE`. From the manual pages.
 */
import { isSecretName } from "./secret-name.ts";
import { mask } from "./secret-pattern.ts";

interface Place {
  /** Counted among the words that are no options, from 0; -1 is the last. */
  readonly at: number;
  /** Counting begins behind this word, which has to be there. */
  readonly behind?: string;
  /** An option that has to be there. */
  readonly when?: RegExp;
}

const places: ReadonlyMap<string, readonly Place[]> = new Map([
  ["mysqladmin", [{ behind: "password", at: 0 }]],
  ["rabbitmqctl", ["add_user", "change_password", "authenticate_user"].map((behind) => ({ behind, at: 1 }))],
  ["net", [{ behind: "user", at: 1 }]],
  ["wpa_passphrase", [{ at: 1 }]],
  ["htpasswd", [{ at: -1, when: /^-\w{0,8}b/ }]],
  ["openssl", [{ behind: "passwd", at: -1 }]],
  ["mkpasswd", [{ at: -1 }]],
  ["cargo", [{ behind: "login", at: 0 }]],
  ["az", [{ behind: "--value", at: 0, when: /^--vault-name$/ }]],
  ["mc", [{ behind: "set", at: 3 }]],
  ["pulumi", [{ behind: "set", at: 1, when: /^--secret$/ }]],
]);

/** Programs whose arguments are pairs of a name and a value, without a sign between them. */
const paired = new Set(["aws", "nmcli", "rclone", "setenv", "iwconfig"]);

/** Programs that are given `user:secret@host` (or `user/secret@host`) without a scheme before it. */
const embedded =
  /^(?:mysqlsh|lftp|sqlplus|impacket-\w{1,32}|(?:psexec|smbexec|wmiexec|dcomexec|atexec|secretsdump|mssqlclient|lookupsid|getTGT|getST|GetUserSPNs|GetNPUsers)(?:\.py)?)$/;
const account = /^([\w.\\/-]{1,64}:)[^@\s]{1,128}@/;
const oracle = /^(\w{1,64}\/)[^@\s]{1,128}@/;

const isOption = (word: string) => word.length > 1 && word.startsWith("-");
const isReference = (word: string) => word.startsWith("$") || word === "";

/** Hides what stands in such a place of the words of one command, behind wrappers such as sudo. Changes `words`. */
export function hideOperands(words: string[]): void {
  for (const [index, word] of words.slice(0, 8).entries()) {
    const name = word.slice(word.lastIndexOf("/") + 1);
    const known = places.get(name);
    if (!known && !paired.has(name) && !embedded.test(name)) continue;
    for (const place of known ?? []) hidePlace(words, index + 1, place);
    if (paired.has(name)) hidePairs(words, index + 1);
    if (embedded.test(name)) hideEmbedded(words, index + 1, name === "sqlplus" ? oracle : account);
    return;
  }
}

function hideEmbedded(words: string[], from: number, form: RegExp): void {
  for (let index = from; index < words.length; index++) words[index] = (words[index] ?? "").replace(form, `$1${mask}@`);
}

function hidePlace(words: string[], from: number, { at, behind, when }: Place): void {
  const start = behind === undefined ? from : words.indexOf(behind, from) + 1;
  if (start === 0 || (when && !words.some((word, index) => index >= from && when.test(word)))) return;
  const operands = [...words.keys()].filter((index) => index >= start && !isOption(words[index] ?? ""));
  const chosen = operands.at(at);
  if (chosen !== undefined && !isReference(words[chosen] ?? "")) words[chosen] = mask;
}

function hidePairs(words: string[], from: number): void {
  for (let index = from; index + 1 < words.length; index++) {
    const [word = "", value = ""] = words.slice(index, index + 2);
    const names = isSecretName(word) || word === "pass" || (word === "key" && value.startsWith("s:"));
    if (!isOption(word) && names && !isOption(value) && !isReference(value)) words[++index] = mask;
  }
}

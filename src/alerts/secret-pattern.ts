/**
 * Secrets that show themselves by their form, wherever they stand. Every expression is linear: a start that cannot
 * repeat inside its own match (lookbehind), bounded or single-class repetition, nothing nested. Prefixes of tokens are
 * those their issuers document (AWS, GitHub, GitLab, Slack, npm, PyPI, Docker, Stripe, Google, Vault, SendGrid...).
 */
import { isSecretName, isSecretPair } from "./secret-name.ts";

export const mask = "***";

type Rule = readonly [RegExp, string];

const shapes: readonly Rule[] = [
  // Private keys, also cut ones; `-` occurs inside only in headers such as `Proc-Type`.
  [
    /-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?:[^-]|-(?!----))*(?:-----END [A-Z0-9 ]{0,40}-----)?/g,
    `-----BEGIN $1-----${mask}`,
  ],
  // user:password@ in an authority (RFC 3986, 3.2.1), and a long user alone, which is a token.
  [/(:\/\/[^\s/?#:@'"]{0,256}:)[^\s/@'"$]{1,512}@/g, `$1${mask}@`],
  [/(:\/\/)[\w.~+%-]{20,512}@/g, `$1${mask}@`],
  [
    /(?<![\w-])((?:proxy-)?authorization["']?[ \t]{0,4}[:=][ \t]{0,4}["']?(?:(?:bearer|basic|digest|token|negotiate|ntlm|apikey|sharedaccesssignature|aws4-hmac-sha256)[ \t]{1,4})?)(?!\$|(?:bearer|basic|digest|token|apikey)[ \t])[^\s'"]{3,}/gi,
    `$1${mask}`,
  ],
  [/(?<![\w-])((?:set-)?cookie:[ \t]{0,4})[^'"\r\n]{4,4096}/gi, `$1${mask}`],
  [/(?<![\w-])(bearer[ \t]{1,4})[\w.~+/-]{16,}={0,2}/gi, `$1${mask}`],
  // Tokens with a prefix.
  [/(?<![A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g, `$1${mask}`],
  [/(?<![\w-])(gh[pousr]_)[A-Za-z0-9]{20,}/g, `$1${mask}`],
  [/(?<![\w-])(github_pat_)\w{20,}/g, `$1${mask}`],
  [/(?<![\w-])(gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-)[\w.-]{16,}/g, `$1${mask}`],
  [/(?<![\w-])(xox[abeoprs]-|xapp-)[\w-]{10,}/g, `$1${mask}`],
  [/(hooks\.slack\.com\/(?:services|workflows)\/)[\w/]{8,}/g, `$1${mask}`],
  [
    /(?<![\w-])(npm_|pypi-|dckr_pat_|dop_v1_|hf_|tskey-|sk_live_|sk_test_|rk_live_|sk-ant-|sk-proj-|hvs\.|hvb\.)[\w-]{16,}/g,
    `$1${mask}`,
  ],
  [/(?<![\w-])(AIza)[\w-]{35}(?![\w-])/g, `$1${mask}`],
  [/(?<![\w.-])(SG\.)[\w-]{16,}\.[\w-]{16,}/g, `$1${mask}`],
  [/(?<![\w-])(ya29\.)[\w-]{20,}/g, `$1${mask}`],
  [/(AGE-SECRET-KEY-1)[0-9A-Z]{20,}/g, `$1${mask}`],
  // JSON Web Token (RFC 7519): three base64url parts, the first starts with {".
  [/(?<![\w-])(eyJ)[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, `$1${mask}`],
  // Microsoft Entra client secret: three characters, digit, Q~.
  [/(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])/g, mask],
  // Telegram bot.
  [/(?<!\d)(\d{8,10}:)[\w-]{35}(?![\w-])/g, `$1${mask}`],
  [/(discord(?:app)?\.com\/api\/webhooks\/\d{5,24}\/)[\w-]{20,}/g, `$1${mask}`],
  // SQL: IDENTIFIED BY '...' (MySQL), PASSWORD '...' (PostgreSQL); and a line of .netrc.
  [/(\bidentified[ \t]{1,4}(?:with[ \t]{1,4}\w{1,64}[ \t]{1,4})?by[ \t]{1,4}['"])[^'"]{1,256}/gi, `$1${mask}`],
  [/(\bpassword[ \t]{1,4}')[^']{1,256}(?=')/gi, `$1${mask}`],
  [/(\blogin[ \t]{1,4}[^\s'"]{1,128}[ \t]{1,4}password[ \t]{1,4})[^\s'"]{1,256}/g, `$1${mask}`],
  // A here-string for what reads a password.
  [
    /(\b(?:chpasswd|passwd|kinit|cryptsetup|su)\b[^|;&<>\n]{0,128}<<<[ \t]{0,4}["']?(?:[\w.-]{1,64}:)?)[^\s'"$]{1,256}/g,
    `$1${mask}`,
  ],
  // crypt(5) hashes.
  [/(\$(?:1|2[abxy]|5|6|7|y|gy)\$)[./A-Za-z0-9$=,]{8,}/g, `$1${mask}`],
];

/** Commands that are told a password by a pipe: only looked for where the reader of the pipe is there. */
const piped: readonly (readonly [string, RegExp, string])[] = [
  ["chpasswd", /((?:echo|printf)[ \t](?:-\w{1,4}[ \t])?["']?[\w.-]{1,64}:)[^\s'"|]{1,256}/g, `$1${mask}`],
  [
    "sudo",
    /((?:echo|printf)[ \t](?:-\w{1,4}[ \t])?["']?)[^\s'"|$]{1,256}(?=["']?[ \t]{0,4}\|[ \t]{0,4}sudo[ \t](?:-\w{1,16}[ \t]){0,4}?-\w{0,8}S)/g,
    `$1${mask}`,
  ],
  [
    "--stdin",
    /((?:echo|printf)[ \t](?:-\w{1,4}[ \t])?["']?)[^\s'"|$]{1,256}(?=["']?[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t])?passwd)/g,
    `$1${mask}`,
  ],
  ...["passwd", "kinit", "cryptsetup", "su"].map(
    (reader) =>
      [
        reader,
        /((?:echo|printf)[ \t](?:-\w{1,4}[ \t])?["']?)[^\s'"|$]{1,256}(?=["']?[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t](?:-\w{1,16}[ \t]){0,4})?(?:(?:smb)?passwd|kinit|cryptsetup|su)(?:[ \t]|$))/g,
        `$1${mask}`,
      ] as const,
  ),
  [
    "--stdin",
    /((?:echo|printf)[ \t](?:-\w{1,4}[ \t])?["']?)[^\s'"|$]{1,256}(?=["']?[ \t]{0,4}\|[ \t]{0,4}sudo[ \t]{1,4}--stdin)/g,
    `$1${mask}`,
  ],
  [
    "--passphrase-fd",
    /((?:echo|printf)[ \t](?:-\w{1,4}[ \t])?["']?)[^\s'"|$]{1,256}(?=["']?[ \t]{0,4}\|[ \t]{0,4}gpg2?[ \t])/g,
    `$1${mask}`,
  ],
  [
    "--password-stdin",
    /((?:echo|printf)[ \t](?:-\w{1,4}[ \t])?["']?)[^\s'"|$]{1,256}(?=["']?[ \t]{0,4}\|)/g,
    `$1${mask}`,
  ],
];

/** Masks what is a secret by its form. */
export function maskShapes(text: string): string {
  let shown = text;
  for (const [pattern, replacement] of shapes) shown = shown.replace(pattern, replacement);
  for (const [reader, pattern, replacement] of piped) {
    if (shown.includes(reader)) shown = shown.replace(pattern, replacement);
  }
  return shown;
}

const nameAndSeparator = /(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]{0,95})(\\?["']?[ \t]{0,2}[:=][ \t]{0,2})/g;
// Bounded, since it is tried behind every telling name; `rest` takes what a longer one leaves.
const value = /\\?"([^"\\\n]{0,2048})\\?"|'([^'\n]{0,2048})'|[^\s;&'",|)\]}]{1,2048}/y;
const rest = /[^\s;&'",|)\]}]*/y;

/** Masks the values of `name=value`, `name: value`, `"name":"value"` and `;Name=value;` where the name tells. */
export function maskPairs(text: string): string {
  let shown = "";
  let copied = 0;
  nameAndSeparator.lastIndex = 0;
  for (let found = nameAndSeparator.exec(text); found; found = nameAndSeparator.exec(text)) {
    const [, name = "", separator = ""] = found;
    // Not a name: an image or a path (`org/token:1`), and an empty assignment before the next word (`password= f`).
    const inPath = text[found.index - 1] === "/" && !/^\s?$/.test(text[found.index - 2] ?? "");
    const named = separator.includes("=") ? !/^\S*=\s/.test(separator) : !inPath;
    if (!named || !isSecretName(name)) continue;
    const start = nameAndSeparator.lastIndex;
    value.lastIndex = start;
    const match = value.exec(text);
    if (!match || !isSecretPair(name, separator, match[1] ?? match[2] ?? match[0])) continue;
    const quote = /^\\?["']/.exec(match[0])?.[0] ?? "";
    rest.lastIndex = value.lastIndex;
    rest.test(text);
    shown += `${text.slice(copied, start)}${quote}${mask}${quote}`;
    copied = quote === "" ? rest.lastIndex : value.lastIndex;
    nameAndSeparator.lastIndex = copied;
  }
  return shown + text.slice(copied);
}

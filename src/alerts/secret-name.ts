/** Judges by its name, and by the look of its value, whether something is a secret. */

/** A name whose last word ends like this holds a secret (`PGPASSWORD`, `authToken`, `--storepass`, `client_secret`). */
const secretEnding =
  /(?:password|passwd|passphrase|passcode|pass|pwd|secret|secrets|token|apikey|accesskey|secretkey|privatekey|authkey|psk|sig|signature|credential|credentials|sas|cookie)$/;

/** Words with such an ending that mean something else. */
const innocentWord = /^(?:bypass|compass|encompass|surpass|overpass|trespass|design|config|sas|atlas|canvas|oldpwd)$/;

/** `key` alone is a sort key, an audit key, a file; with one of these before it, it opens something. */
const keyQualifier =
  /^(?:api|access|secret|private|account|shared|master|encryption|signing|auth|storage|primary|secondary|subscription|function|functions|session|license|admin|service|symmetric|hmac|aes|webhook|deploy|client|sas|write|ingestion|instrumentation)$/;

/** Splits `SharedAccessKey`, `DB_PASSWORD`, `--api-key` into lower-case words. */
function words(name: string): string[] {
  return name
    .slice(-96)
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** Whether a variable, option, header or property of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const parts = words(name);
  const last = parts.at(-1) ?? "";
  if (last === "key") {
    return parts.slice(0, -1).some((word) => keyQualifier.test(word)) || /^-{0,2}(?:[A-Z0-9]+_)*KEY$/.test(name);
  }
  if (last === "sas") return parts.length > 1;
  if (last === "auth") return /^(?:[A-Z0-9]{1,32}_){1,8}AUTH$/.test(name);
  return secretEnding.test(last) && !innocentWord.test(last);
}

/** A reference to a secret or a mere placeholder, not the secret: `$TOKEN`, `$(cat f)`, `<token>`, `***`, `%s`, `@file`. */
const reference = /^(?:\$[A-Za-z_({].*|<.*|\*+|%.{0,2}|@.*|-|=.*|true|false|null|none|yes|no|undefined|\d{1,2})$/is;

/** The value is a path of a file that holds the secret: `/etc/tls/server.key`, `./id_rsa`, `~/.token`. */
const path = /^(?:file:\/\/|~|\.{1,2})?\/(?:[\w.@-]+\/){0,16}[\w.@-]*$/;

/** A version or tag, as behind the colon of an image. */
const tag = /^(?:latest|stable|v?\d+(?:\.\d+){0,3}(?:-[\w.]{1,24})?)$/;

/**
 * Whether `value`, given to `name` with `separator`, has to be hidden. Paths stay for keys, for `PWD` and behind a
 * colon (mounts); passwords that look like paths do not.
 */
export function isSecretPair(name: string, separator: string, value: string): boolean {
  if (!isSecretName(name) || value === "" || reference.test(value)) return false;
  const last = words(name).at(-1) ?? "";
  const colon = separator.includes(":");
  if (colon && (last === "passwd" || tag.test(value))) return false;
  if ((last === "sig" || last === "signature") && value.length < 16) return false;
  return !((colon || /key$|^pwd$|^signature$|^cookie$/.test(last)) && path.test(value));
}

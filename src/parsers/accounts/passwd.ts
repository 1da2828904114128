/** /etc/passwd, passwd(5): `name:password:UID:GID:GECOS:directory:shell`. */

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** More lines than this are not a local file any more (glibc has no limit; a hostile file must not fill the memory). */
const MOST_ACCOUNTS = 8192;
const LONGEST_NAME = 256;

/**
 * Accounts in file order. Comments, NIS markers (`+`, `-`) and lines that glibc would skip are left out; of two lines
 * with one name the first counts, as for getpwnam(3). Never throws; at most 8192 accounts.
 */
export function parsePasswd(text: string): readonly Account[] {
  const accounts = new Map<string, Account>();
  for (const fields of colonLines(text, 7)) {
    const [name = "", , uid = "", gid = "", , home = "", shell = ""] = fields;
    if (!isName(name) || accounts.has(name) || !isId(uid) || !isId(gid)) continue;
    accounts.set(name, {
      name,
      uid: Number(uid),
      gid: Number(gid),
      home: home.slice(0, 4096),
      shell: shell.slice(0, 4096),
    });
    if (accounts.size >= MOST_ACCOUNTS) break;
  }
  return [...accounts.values()];
}

/** Fields of every line that has at least `least` of them; shared with group(5). Looks at 65,536 lines at most. */
export function* colonLines(text: string, least: number): Generator<readonly string[]> {
  for (let start = 0, count = 0; start < text.length && count < 65_536; count++) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end);
    start = end + 1;
    if (line === "" || line[0] === "#" || line[0] === "+" || line[0] === "-") continue;
    const fields = line.split(":", least + 1);
    if (fields.length >= least) yield fields;
  }
}

export function isName(name: string): boolean {
  return name !== "" && name.length <= LONGEST_NAME;
}

/** uid_t and gid_t are 32 bits; 4294967295 means "none". */
export function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 4_294_967_295;
}

/** Characters that show as nothing at the end of a name (Unicode 15: Zs, and the zero-width format characters). */
const blank = /[ \u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]$/u;

/** Does the last component of this path end in a blank, with something visible before it? */
export function blankEnd(path: string): boolean {
  if (path === "" || path.length > 4096 || !blank.test(path)) return false;
  return /[^\s\u200b-\u200d\u2060\ufeff]/u.test(path.slice(path.lastIndexOf("/") + 1, -1));
}

import { basename } from "./paths.ts";

/** Is this Apache's per-directory configuration (default of AccessFileName), or a pattern or copy target of it? */
export function isHtaccess(path: string): boolean {
  return basename(path) === ".htaccess";
}

/** Tools that put whole sites in place. */
export const deployers = new Set(["git", "rsync", "hg", "svn", "composer", "wp", "drush", "npm"]);

/** A directive that turns other files into scripts or code into every page (mod_mime, mod_php, mod_cgi, mod_rewrite). */
export function givesPower(text: string): string | undefined {
  return /\b(?:AddType|AddHandler|SetHandler|ForceType|auto_(?:prepend|append)_file|ExecCGI|php_(?:value|flag|admin_value))\b/i.exec(
    text.slice(0, 16_384),
  )?.[0];
}

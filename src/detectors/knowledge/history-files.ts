/**
 * Where interactive shells (and clients with a readline history) keep what was typed: bash(1) HISTFILE, zshparam(1),
 * ksh, ash, fish, tcsh, PowerShell's PSReadLine, mysql, psql, python, node.
 */
import { basename } from "./paths.ts";

const history =
  /^(?:\.(?:\w{1,24}[_-])?history|\.zhistory|\.histfile|\.sh_hist|\.node_repl_history|fish_history|ConsoleHost_history\.txt)$/;
/** What shells themselves write beside it before they rename: `.bash_history-123.tmp`, `.zsh_history.new`, `fish_history.aB3d`. */
const draft = /history(?:[-.]\w{1,12}\.tmp|\.new|\.tmp|\.\w{4,10}|\.LOCK)$/;

/** Is this the file, or a shell pattern that names it (`.bash_hist*`, `.*history`)? */
export function isHistoryFile(path: string): boolean {
  const name = basename(path);
  if (history.test(name)) return true;
  if (!/[*?]/.test(name) || !name.includes("hist")) return false;
  return /^[.*?]{1,4}(?:\w{0,24}[_-])?hist[\w*?]{0,12}$/.test(name);
}

/** A file that a shell writes on its way to a new history. */
export function isHistoryDraft(path: string): boolean {
  return draft.test(basename(path));
}

/** A variable that governs the history: HISTFILE, HISTSIZE, HISTFILESIZE, SAVEHIST, fish_history... */
export function isHistoryVariable(name: string): boolean {
  return /^(?:HISTFILE|HISTSIZE|HISTFILESIZE|SAVEHIST|HISTORY|HISTSAVE|HISTZONE|HISTLOG|HISTCMD|fish_history|MYSQL_HISTFILE|PSQL_HISTORY|LESSHISTFILE)$/.test(
    name,
  );
}

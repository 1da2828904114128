/**
 * What systemd (or a sysvinit default file) tells dockerd: `ExecStart=` of docker.service and its drop-ins, the
 * environment it expands, and `ListenStream=` of docker.socket. Syntax: systemd.syntax(7), systemd.service(5) "COMMAND
 * LINES", systemd.exec(5). An empty assignment resets what stood before.
 *
 * Blind spot: specifiers (`%i`) and C escapes other than quotes stay as written.
 */

const maxText = 64 * 1024;

export interface UnitSettings {
  /** The last ExecStart that counts, as words with `$VARIABLES` still in them. */
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentFiles: readonly string[];
  readonly listen: readonly string[];
}

/** Main unit first, then the drop-ins in the order in which systemd reads them. */
export function unitSettings(files: readonly string[]): UnitSettings {
  let command: readonly string[] | undefined;
  let environment: Record<string, string> = Object.create(null);
  let environmentFiles: string[] = [];
  let listen: string[] = [];
  for (const [key, value] of files.flatMap(assignments)) {
    if (key === "ExecStart") command = value === "" ? undefined : words(value.replace(/^[-@:+!|]+/, ""));
    else if (key === "Environment")
      environment = value === "" ? Object.create(null) : assign(environment, words(value));
    else if (key === "EnvironmentFile") environmentFiles = value === "" ? [] : [...environmentFiles, value];
    else if (key === "ListenStream") listen = value === "" ? [] : [...listen, value];
  }
  return { command, environment, environmentFiles: environmentFiles.slice(0, 8), listen: listen.slice(0, 32) };
}

/** `KEY=value` lines of an environment file or of /etc/default/docker (`export` and quotes allowed). */
export function environmentFile(text: string): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  for (const line of text.slice(0, maxText).split("\n").slice(0, 1024)) {
    const found = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line);
    if (found) values[found[1] as string] = words((found[2] as string).trim()).join(" ");
  }
  return values;
}

/** `$NAME` as a word of its own is split into words, `${NAME}` is put in place; unknown ones are empty. */
export function expanded(command: readonly string[], environment: Readonly<Record<string, string>>): string[] {
  return command.slice(0, 1024).flatMap((word) => {
    const whole = /^\$([A-Za-z_]\w*)$/.exec(word);
    if (whole) return words(environment[whole[1] as string] ?? "");
    return [word.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => environment[name] ?? "")];
  });
}

function assignments(text: string): [string, string][] {
  const joined = text.slice(0, maxText).replace(/\\\r?\n/g, " ");
  return joined
    .split("\n")
    .slice(0, 4096)
    .flatMap((line): [string, string][] => {
      const trimmed = line.trim();
      const equals = trimmed.indexOf("=");
      if (equals <= 0 || trimmed.startsWith("#") || trimmed.startsWith(";")) return [];
      return [[trimmed.slice(0, equals).trim(), trimmed.slice(equals + 1).trim()]];
    });
}

function assign(environment: Record<string, string>, pairs: readonly string[]): Record<string, string> {
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals > 0) environment[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return environment;
}

/** Splits at white space outside quotes; quotes are taken off. */
function words(text: string): string[] {
  const found: string[] = [];
  let word = "";
  let quote = "";
  let started = false;
  for (const char of text.slice(0, maxText)) {
    if (quote !== "") {
      if (char === quote) quote = "";
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      started = true;
    } else if (char === " " || char === "\t") {
      if (started || word !== "") found.push(word);
      word = "";
      started = false;
    } else word += char;
  }
  if (started || word !== "") found.push(word);
  return found;
}

export interface ListFormat {
  readonly format: "plain" | "hosts" | "csv";
  /** From 1, for csv. */
  readonly column: number;
}

/** Names of the local machine, which hosts files map on purpose. */
const localNames = new Set([
  "localhost",
  "localhost.localdomain",
  "local",
  "broadcasthost",
  "ip6-localhost",
  "ip6-loopback",
  "ip6-localnet",
  "ip6-mcastprefix",
  "ip6-allnodes",
  "ip6-allrouters",
  "ip6-allhosts",
  "0.0.0.0",
]);

/** The entries of one line: none for an empty line or a comment (`#`, `;`, `//`). */
export function entriesOf(raw: string, { format, column }: ListFormat): readonly string[] {
  const line = raw.trim();
  if (line === "" || line.startsWith("#") || line.startsWith(";") || line.startsWith("//")) return none;
  if (format === "csv") return listed(csvField(line, column));
  const words = line.split(/[\s#]+/, format === "hosts" ? 64 : 2);
  if (format === "hosts") return words.slice(1).filter((w) => w !== "" && !localNames.has(w.toLowerCase()));
  return listed(words[0]);
}

const none: readonly string[] = [];

/** A field of one CSV line (RFC 4180 without line breaks inside quotes); `;` and tab separate too where there is no comma. */
function csvField(line: string, column: number): string | undefined {
  const separator = line.includes(",") ? "," : line.includes(";") ? ";" : "\t";
  let at = 1;
  let field = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === '"') {
      if (quoted && line[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = !quoted;
    } else if (c === separator && !quoted) {
      if (at === column) return field.trim();
      at++;
      field = "";
    } else field += c;
  }
  return at === column ? field.trim() : undefined;
}

function listed(entry: string | undefined): readonly string[] {
  return entry === undefined || entry === "" ? none : [entry];
}

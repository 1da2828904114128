/** File extensions and what they claim. Only extensions with one plain meaning are listed: an unknown one is no lie. */

const claims: Record<string, readonly string[]> = {
  "a shell script": ["sh", "bash", "zsh", "ksh", "csh", "fish"],
  "a Python script": ["py", "py3", "pyw"],
  "a Perl script": ["pl", "pm"],
  "a Ruby script": ["rb"],
  "a PHP script": ["php", "php5", "php7", "phtml"],
  "a JavaScript file": ["js", "mjs", "cjs", "ts", "jsx", "tsx"],
  "a Lua script": ["lua"],
  "a Tcl script": ["tcl", "exp"],
  "a C source": ["c", "h", "cpp", "cc"],
  "a Java file": ["java", "class", "jar", "jsp"],
  "a Windows program": ["exe", "dll", "bat", "cmd", "ps1", "vbs", "msi", "scr"],
  "a picture": ["jpg", "jpeg", "png", "gif", "bmp", "ico", "svg", "webp", "tif", "tiff"],
  "a sound or film": ["mp3", "mp4", "wav", "avi", "mkv", "mov", "ogg", "webm", "flac", "mpg", "mpeg"],
  "a document": ["pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "rtf", "md"],
  "a web page": ["html", "htm", "css"],
  "a font": ["ttf", "woff", "woff2", "otf"],
  "an archive": ["zip", "gz", "tgz", "tar", "bz2", "xz", "rar", "7z", "deb", "rpm", "iso"],
  "a text": ["txt", "csv", "log", "pid"],
  data: ["dat", "json", "xml", "db", "sqlite", "sql", "yaml", "yml"],
};

const meaning = new Map(Object.entries(claims).flatMap(([kind, all]) => all.map((name) => [name, kind] as const)));

/** Extensions that a family's own tools use although they say something else. */
const own: Record<string, readonly string[]> = {
  shell: claims["a shell script"] ?? [],
  python: ["py", "py3", "pyw", "zip", "egg", "pyz"],
  perl: ["pl", "pm"],
  ruby: ["rb"],
  php: ["php", "php5", "php7", "phtml", "html", "htm"],
  node: ["js", "mjs", "cjs", "ts", "jsx", "tsx", "json"],
  lua: ["lua"],
  // Expect scripts are often called .sh.
  tclsh: ["tcl", "exp", "sh"],
  expect: ["tcl", "exp", "sh"],
  guile: ["scm"],
  r: ["r"],
  julia: ["jl"],
};

/** What a foreign extension claims the file to be; undefined where it fits or claims nothing. */
export function mismatch(family: string, extension: string): string | undefined {
  if (extension === "" || own[family] === undefined || own[family].includes(extension)) return undefined;
  return meaning.get(extension);
}

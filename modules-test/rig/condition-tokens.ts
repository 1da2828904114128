/** The words of a route's condition. */

export type Token =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "path"; readonly path: readonly (string | number)[] }
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "symbol"; readonly text: string };

const SPACE = /\s+/y;
const SYMBOL = /<>|!=|<=|>=|\|\||[=<>()+\-*/%,]/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const PATH = /\$[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[(?:\d+|'[^']*')\])*/y;
const BRACED = /\{([^}]*)\}/y;
const NAME = /[A-Za-z_][\w.-]*/y;
const CONSTANTS = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** Throws a SyntaxError at the first character that starts no word. `{a name}` quotes a property with odd characters. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const [token, end] = next(text, at);
    if (token) tokens.push(token);
    at = end;
  }
  return tokens;
}

function next(text: string, at: number): [Token | undefined, number] {
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const end = (match: RegExpExecArray) => at + match[0].length;
  let match = take(SPACE);
  if (match) return [undefined, end(match)];
  match = take(STRING);
  if (match) return [{ kind: "literal", value: (match[1] ?? match[2] ?? "").replace(/\\(.)/g, "$1") }, end(match)];
  match = take(NUMBER);
  if (match) return [{ kind: "literal", value: Number(match[0]) }, end(match)];
  match = take(PATH);
  if (match) return [{ kind: "path", path: steps(match[0]) }, end(match)];
  match = take(SYMBOL);
  if (match) return [{ kind: "symbol", text: match[0] }, end(match)];
  match = take(BRACED);
  if (match) return [{ kind: "name", text: match[1] ?? "" }, end(match)];
  match = take(NAME);
  if (match) return [word(match[0]), end(match)];
  throw new SyntaxError(`condition "${text}": unexpected "${text[at]}" at ${at + 1}`);
}

function word(text: string): Token {
  const constant = CONSTANTS.get(text.toLowerCase());
  return constant === undefined ? { kind: "name", text } : { kind: "literal", value: constant };
}

const steps = (path: string): (string | number)[] =>
  [...path.slice(1).matchAll(/\[(\d+)\]|\['([^']*)'\]|([^.[\]]+)/g)].map((part) =>
    part[1] === undefined ? (part[2] ?? part[3] ?? "") : Number(part[1]),
  );

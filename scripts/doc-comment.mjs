/**
 * What a detector's doc comment says: the condition, and after "Blind spot:" what it cannot see. Taken from the comment
 * that names a blind spot, else from the one above the first exported constant, else the first of the file.
 * @param {string} source TypeScript text
 * @returns {{ condition: string, blindSpot: string }} Markdown paragraphs; "" where nothing is said
 */
export function docComment(source) {
  const comments = [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map((match) => plain(match[1]));
  const exported = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export const/.exec(source)?.[1];
  const chosen =
    comments.find((text) => /Blind spots?:/.test(text)) ?? (exported ? plain(exported) : comments[0]) ?? "";
  const at = chosen.search(/Blind spots?:/);
  if (at < 0) return { condition: chosen, blindSpot: "" };
  const tail = chosen.slice(at).replace(/^Blind spots?:\s*/, "");
  const [blindSpot, ...after] = tail.split("\n\n");
  return { condition: [chosen.slice(0, at).trim(), ...after].join("\n\n").trim(), blindSpot: sentence(blindSpot) };
}

/** The comment without its stars; lines of a paragraph are joined. */
function plain(comment) {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/\n(?!- )/g, " ").replace(/\{@link (\S+)\}/g, "`$1`"))
    .join("\n\n");
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseSync } from "vite";
import { describe, expect, test } from "vitest";

const src = import.meta.dirname;

/**
 * Ways to run something, to evaluate text, or to be reached, that the shipped code may use: by file, and why.
 * Nothing starts a process; nothing evaluates text.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  // Fixed functions of libc (socket, recv, poll): the audit netlink group cannot be read from Node otherwise.
  "koffi, node:module": ["streams/netlink/libc.ts"],
  // The metrics and health port, and the page: off unless it is set; and the lock of the data folder, a unix socket.
  createServer: ["store/instance-lock.ts", "web/server.ts"],
};

/** Modules by which a program starts another, runs text, or is reached, debugged or clustered. */
const dangerous =
  /^(?:node:)?(?:child_process|cluster|dgram|http2|inspector(?:\/promises)?|module|repl|v8|vm|wasi|worker_threads)$|^(?:koffi|ffi-napi|node-pty|execa|shelljs|cross-spawn|vm2)$/;
const servers = new Set(["createServer", "createSecureServer", "createSocket"]);

interface Node {
  readonly type?: string;
  readonly source?: { readonly value?: unknown };
  readonly callee?: { readonly name?: string; readonly property?: { readonly name?: string } };
  readonly arguments?: readonly { readonly value?: unknown; readonly type?: string }[];
}

/** What one syntax node does that would have to be allowed. */
function deed({ type, source, callee, arguments: given }: Node): string | undefined {
  if (type === "ImportDeclaration" || type === "ImportExpression" || type === "ExportNamedDeclaration") {
    const name = String(source?.value ?? "");
    return dangerous.test(name) ? name : undefined;
  }
  const name = callee?.name ?? callee?.property?.name;
  if (type === "NewExpression" && name === "Function") return "new Function";
  if (type !== "CallExpression") return undefined;
  if (name === "eval" || name === "Function") return name;
  if (name !== undefined && servers.has(name)) return name;
  // A timer with text is an eval.
  if ((name === "setTimeout" || name === "setInterval") && typeof given?.[0]?.value === "string")
    return `${name} of text`;
  return name === "require" && dangerous.test(String(given?.[0]?.value)) ? String(given?.[0]?.value) : undefined;
}

function* nodes(value: unknown): Generator<Node> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) yield value as Node;
  for (const child of Object.values(value)) yield* nodes(child);
}

const deedsOf = (name: string, text: string) =>
  [...nodes(parseSync(name, text).program)].flatMap((node) => deed(node) ?? []);

const files = ["", "../modules-test/rig"].flatMap((folder) =>
  readdirSync(join(src, folder), { recursive: folder === "", encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !/\.test\.ts$|(?:^|\/)testing\//.test(name))
    .map((name) => join(src, folder, name)),
);
/** The rig's servers are those of standalone mode: edgeHub and workload API on the loopback, for a trial. */
const rig = /^\.\.\/modules-test\/rig\//;

describe("the module's own surface", () => {
  test("starts no process, evaluates no text, and listens only where it says so", () => {
    const wrong = files.flatMap((file) => {
      const place = relative(src, file);
      return deedsOf(file, readFileSync(file, "utf8"))
        .filter((what) => !(rig.test(place) && servers.has(what)))
        .filter(
          (what) =>
            !Object.entries(allowed).some(([key, places]) => key.split(", ").includes(what) && places.includes(place)),
        )
        .map((what) => `${place}: ${what}`);
    });
    expect(wrong).toEqual([]);
  });

  test("has no permission that nothing uses", () => {
    for (const [key, places] of Object.entries(allowed))
      for (const place of places) {
        const deeds = deedsOf(place, readFileSync(join(src, place), "utf8"));
        expect(
          key.split(", ").some((what) => deeds.includes(what)),
          `${place}: ${key}`,
        ).toBe(true);
      }
  });

  test.each([
    ['import { execFile } from "node:child_process";', "node:child_process"],
    ['await import("child_process");', "child_process"],
    ['export { spawn } from "node:child_process";', "node:child_process"],
    ['require("vm");', "vm"],
    ["eval(text);", "eval"],
    ["globalThis.eval(text);", "eval"],
    ["new Function(text)();", "new Function"],
    ['setTimeout("act()", 1);', "setTimeout of text"],
    ["net.createServer();", "createServer"],
  ])("would notice %s", (text, what) => {
    expect(deedsOf("x.ts", text)).toEqual([what]);
  });

  test("does not take a word in a text for a deed", () => {
    expect(
      deedsOf("x.ts", 'const words = ["eval(", "child_process"]; const re = /new Function/; run.exec(words);'),
    ).toEqual([]);
  });
});

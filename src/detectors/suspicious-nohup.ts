/**
 * Something is cut loose from its session (nohup, setsid) that lies in a temporary or hidden place, was just fetched,
 * or listens on or dials out to the network.
 *
 * Blind spot: `disown` and a double fork leave no trace in any argv.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { fromPackageManager } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { fetchOf } from "./knowledge/fetchers.ts";
import { isShell } from "./knowledge/interpreters.ts";
import { basename, hiddenPath, inTemporaryDirectory } from "./knowledge/paths.ts";
import { type Program, programsOf } from "./knowledge/programs.ts";

const detachers = new Set(["nohup", "setsid", "daemonize"]);

export const suspiciousNohup = matcher({
  alert: "suspicious-nohup",
  on: ["process.started"],
  settings: z.object({
    allowedPaths: z
      .array(z.string())
      .default([])
      .describe("Directories or files below a temporary or hidden directory from which detached programs may run."),
  }),
  match(started, { allowedPaths }): Match | undefined {
    const line = commandLine(started.process);
    for (const command of line.commands) {
      if (!command.wrappers.some((wrapper) => detachers.has(wrapper))) continue;
      const found = judge(command, line, allowedPaths);
      if (!found || fromPackageManager(started.process)) continue;
      return {
        subject: `detached ${found.what}`,
        reason: found.reason,
        evidence: { process: started.process, container: started.process.container, data: { target: found.what } },
      };
    }
    return undefined;
  },
});

interface Found {
  readonly what: string;
  readonly reason: string;
}

function judge(command: Command, line: CommandLine, allowed: readonly string[]): Found | undefined {
  const inner = within(command, line);
  const programs = [command, ...inner].flatMap(programsOf);
  for (const program of programs) {
    const found = byPlace(program, allowed) ?? justFetched(program, line);
    if (found) return found;
  }
  for (const one of [command, ...inner]) {
    const found = byNetwork(one);
    if (found) return found;
  }
  return fetchedAndRun(inner);
}

/** Commands nested, however deep, in this one. */
function within(command: Command, line: CommandLine): readonly Command[] {
  const held = new Set([line.commands.indexOf(command)]);
  return line.commands.filter((one, i) => {
    if (!held.has(one.holder)) return false;
    held.add(i);
    return true;
  });
}

/** Per-user tool directories that are hidden by custom, not to hide. */
const customary =
  /\/\.(?:local|cargo|nvm|npm(?:-global)?|dotnet|pyenv|rbenv|rvm|asdf|config|vscode(?:-server|-remote)?|cursor-server|venv|virtualenv|conda|sdkman|volta|bun|deno|go|linuxbrew|nix-profile|ansible|jenkins|m2|gradle|yarn|docker|ollama|pm2|snap|opam|ghcup|juliaup|krew|arkade|fly|foundry|acme\.sh|oh-my-zsh|gem|composer|steam|wine)(?:\/|$)/;

/** A hidden directory inside one that is customary: `~/.config/.x/run`. */
function hiddenWithin(path: string): boolean {
  return (
    (path.match(/\/\.[^/.]/g)?.length ?? 0) > 1 && /\/\.(?:config|local|cache)\/(?:[^/]{1,64}\/){0,2}\.[^/]/.test(path)
  );
}

function byPlace({ path, written, script }: Program, allowed: readonly string[]): Found | undefined {
  // A script's operand counts wherever it is given; a program only where a path was written.
  if (!script && !written.includes("/")) return undefined;
  if (allowed.some((place) => path === place || path.startsWith(place.endsWith("/") ? place : `${place}/`)))
    return undefined;
  const what = path.slice(0, 256);
  if (inTemporaryDirectory(path)) return { what, reason: `${what} in a temporary directory is detached` };
  if (path.startsWith("/run/user/")) return { what, reason: `${what} in a session's runtime directory is detached` };
  if (hiddenPath(path) && (!customary.test(path) || hiddenWithin(path)))
    return { what, reason: `hidden ${what} is detached` };
  if (path.endsWith(" (deleted)")) return { what, reason: `deleted ${what} is detached` };
  return undefined;
}

/** The same line fetched this file before. */
function justFetched({ path, written, script }: Program, line: CommandLine): Found | undefined {
  if (!script && !written.includes("/")) return undefined;
  const name = basename(path);
  const from = line.commands.find((one) => fetchOf(one)?.files.some((file) => basename(file) === name));
  return from && { what: path, reason: `${name}, just fetched by ${from.name}, is detached` };
}

/** A listener, a reverse shell or a tunnel end. */
function byNetwork({ name, args, redirections }: Command): Found | undefined {
  if (redirections.some(({ target }) => /^\/dev\/(?:tcp|udp)\//.test(target))) {
    return { what: name, reason: `${name} with its streams on a network connection is detached` };
  }
  if (/^(?:nc|ncat|netcat|nc\.traditional|nc\.openbsd)$/.test(name)) {
    const listens = args.some((arg) => /^-[a-zA-Z]*l/.test(arg) || arg === "--listen");
    const hands = args.some((arg) => /^-[a-zA-Z]*[ec]$/.test(arg) || /^--(?:exec|sh-exec|lua-exec)/.test(arg));
    if (listens || hands)
      return { what: name, reason: listens ? "a network listener is detached" : "a network shell is detached" };
  }
  if (
    name === "socat" &&
    args.some((arg) => /^(?:TCP|UDP|OPENSSL|SCTP)[46]?-?(?:L|LISTEN|RECVFROM):|^(?:EXEC|SYSTEM):/i.test(arg))
  ) {
    return { what: "socat", reason: "a socat relay is detached" };
  }
  if (/^(?:python[\d.]*|php|ruby)$/.test(name) && servesFiles(args)) {
    return { what: name, reason: `a network listener in ${name} is detached` };
  }
  if (
    /^python[\d.]*$/.test(name) &&
    args[0] === "-c" &&
    /\bsocket\b/.test(args[1] ?? "") &&
    /\b(?:bind|listen|dup2|pty)\b/.test(args[1] ?? "")
  ) {
    return { what: name, reason: "a network listener in python is detached" };
  }
  return undefined;
}

/** `python3 -m http.server`, `php -S 0:80`, `ruby -run -e httpd`: a directory opened to the network. */
function servesFiles(args: readonly string[]): boolean {
  return args.some(
    (arg, i) =>
      /^(?:http\.server|SimpleHTTPServer|-run)$/.test(arg) || (arg === "-S" && /:\d{1,5}$/.test(args[i + 1] ?? "")),
  );
}

/** `nohup sh -c 'curl ... | sh'` */
function fetchedAndRun(inner: readonly Command[]): Found | undefined {
  const fetch = inner.find((one) => fetchOf(one));
  const shell =
    fetch && inner.find((one) => one.pipeline === fetch.pipeline && one.stage > fetch.stage && isShell(one.name));
  return shell && { what: `${fetch?.name} | ${shell.name}`, reason: "a script straight from the network is detached" };
}

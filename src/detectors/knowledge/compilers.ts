/** What a compiler or build tool is asked to read and write. Options as in gcc(1), clang(1), go(1), rustc(1), make(1). */
import type { Process } from "../../events/fact.ts";
import { type Command, resolvePath } from "./command.ts";
import { extension } from "./paths.ts";

export interface Build {
  /** Absolute paths of source files. */
  readonly sources: readonly string[];
  /** Absolute paths of results; the compiler's default where none is given. */
  readonly outputs: readonly string[];
  /** make and its like, which name no sources. */
  readonly maker: boolean;
  /** Where a maker works. */
  readonly directory?: string;
  /** The source comes from standard input (`-x c -`). */
  readonly stdin: boolean;
  /** Stack protection is switched off. */
  readonly unguarded: boolean;
}

const compilers =
  /^(?:(?:[\w-]{1,40}-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|tcc|icc|gfortran|gdc|ldc2)(?:-\d{1,2}(?:\.\d{1,2})?)?|musl-gcc|klcc|diet|rustc|ghc|nasm|yasm|fasm|fpc|mcs|csc|kotlinc|zig|nim|dmd|vala|gccgo|ocamlopt|swiftc)$/;
const makers = new Set(["make", "gmake", "bmake", "ninja", "samu", "scons", "meson"]);
const sourceEnds = new Set("c cc cpp cxx c++ m s asm go rs hs f f90 pas cs d nim vala ml swift zig kt o".split(" "));
const valued = new Set([
  "-o",
  "-I",
  "-L",
  "-l",
  "-D",
  "-U",
  "-include",
  "-isystem",
  "-MF",
  "-MT",
  "-MQ",
  "-Xlinker",
  "-T",
  "-u",
  "-x",
  "-f",
  "-target",
  "--target",
  "-arch",
]);

/** Reads one command; undefined where it compiles nothing (`gcc --version`). */
export function buildOf(command: Command): Build | undefined {
  const { name, args } = command;
  if (makers.has(name)) return makerBuild(command);
  if (name === "go") return goBuild(command);
  if (!compilers.test(name) || args.length === 0) return undefined;
  const sources: string[] = [];
  let output: string | undefined;
  let stdin = false;
  for (let i = 0; i < args.length && i < 512; i++) {
    const arg = args[i] as string;
    if (arg === "-o") output = args[i + 1];
    else if (arg.startsWith("-o") && name !== "ghc") output = arg.slice(2);
    if (arg === "-" || arg === "/dev/stdin") stdin = true;
    if (valued.has(arg)) i++;
    else if (!arg.startsWith("-") && sourceEnds.has(extension(arg))) sources.push(resolvePath(command, arg));
  }
  if (sources.length === 0 && !stdin) return undefined;
  const asks = args.some(
    (arg) =>
      arg === "-E" ||
      arg === "-fsyntax-only" ||
      arg === "-M" ||
      arg === "-MM" ||
      /^-d(?:M|umpspecs|umpmachine)/.test(arg),
  );
  if (asks && output === undefined) return undefined;
  const result = output ?? (args.includes("-c") ? (sources[0] ?? "-").replace(/\.[^./]*$/, ".o") : "a.out");
  const unguarded = args.includes("-fno-stack-protector") && args.some((arg) => /execstack|no-pie|norelro/.test(arg));
  return { sources, outputs: [resolvePath(command, result)], maker: false, stdin, unguarded };
}

function makerBuild(command: Command): Build | undefined {
  const { args } = command;
  if (
    args.some((arg) =>
      /^(?:-n|-v|--version|--help|-h|--dry-run|clean|distclean|install|uninstall|help|check)$/.test(arg),
    )
  )
    return undefined;
  let directory = command.cwd;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const given = arg === "-C" || arg === "--directory" ? args[i + 1] : /^(?:-C|--directory=)(.+)$/.exec(arg)?.[1];
    if (given !== undefined) directory = resolvePath(command, given);
    const file = arg === "-f" || arg === "--makefile" ? args[i + 1] : undefined;
    if (file?.includes("/")) directory = resolvePath(command, file).replace(/\/[^/]*$/, "") || "/";
  }
  return { sources: [], outputs: [], maker: true, directory, stdin: false, unguarded: false };
}

function goBuild(command: Command): Build | undefined {
  const { args } = command;
  if (args[0] !== "build" && args[0] !== "run" && args[0] !== "install") return undefined;
  const at = args.indexOf("-o");
  const sources = args
    .slice(1)
    .filter((arg) => arg.endsWith(".go"))
    .map((arg) => resolvePath(command, arg));
  const output = at > 0 ? args[at + 1] : undefined;
  if (sources.length === 0 && output === undefined) return undefined;
  return {
    sources,
    outputs: output ? [resolvePath(command, output)] : [],
    maker: false,
    stdin: false,
    unguarded: false,
  };
}

/** Trial compilations of build systems, and the places where package tools unpack what they build. */
const trial =
  /\/(?:conftest|cmTC_|CMakeFiles|CMakeScratch|TryCompile|_configtest|meson-private|testfile\.c|scons|pip-(?:install|build|req-build|build-env|wheel|modern-metadata)-|pip-\w{8}|build-via-sdist|tmp\w{8}[/.]\S{0,256}python|node-gyp|npm-\d|go-build\d|go-link-|rustc\w{6}|cargo-install|cpanm|easy_install|gem-|mkmf|dkms|rpm-tmp|rpmbuild|portage|makepkg|yaourt|nix-build-|guix-build-|ccache|sccache|distcc|cc\w{6}\.|perf-vdso|bazel|_MEI|R(?:tmp|INSTALL)\w+|pear\/|phpize|pecl|opam-|stack-\d|cabal-|nvidia-installer|vmware-root|selfgz)/;

export function isTrial({ sources, outputs, directory }: Build, process: Process): boolean {
  if ([...sources, ...outputs, directory ?? "", process.cwd ?? ""].some((path) => trial.test(path))) return true;
  return (
    sources.length > 0 &&
    sources.every((source) => /(?:^|\/)(?:conftest|_configtest|test\d*|dummy|cmTC_\w+)\.\w{1,3}$/.test(source)) &&
    outputs.every((out) => /conftest|_configtest|dummy|\.o$|null$/.test(out))
  );
}

#!/usr/bin/env node
/** Process entry: picks the command, turns its outcome into an exit code. */
import { UsageError, usage } from "./cli/usage.ts";

type Command = (args: string[]) => Promise<number>;

/** Loaded when asked for, so that `replay` does not carry the hub client in memory. */
const commands: Record<string, () => Promise<Command>> = {
  run: async () => (await import("./cli/run.ts")).run,
  replay: async () => (await import("./cli/replay.ts")).replay,
  doctor: async () => (await import("./cli/doctor.ts")).doctor,
  alerts: async () => (await import("./cli/alerts.ts")).alerts,
  config: async () => (await import("./cli/config.ts")).config,
};

async function main(argv: string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === "--version" || first === "-V") {
    console.log(process.env.VEDETTE_VERSION ?? "development");
    return 0;
  }
  if (first === "help" || first === "--help" || first === "-h") {
    console.log(usage());
    return 0;
  }
  const named = first !== undefined && !first.startsWith("-");
  const load = commands[named ? first : "run"];
  if (!load) throw new UsageError(`unknown command "${first}"`);
  return (await load())(named ? rest : argv);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) console.error(`vedette: ${error.message}\n\n${usage()}`);
  else console.error(`vedette: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

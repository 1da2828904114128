import { oneLine } from "../alerts/visible.ts";
import { armEarlyStop } from "./early-stop.ts";
import { UsageError, usage } from "./usage.ts";

type Command = (args: string[]) => Promise<number>;

/** Loaded when asked for, so that `replay` does not carry the hub client in memory. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  [
    "run",
    async () => {
      armEarlyStop();
      return (await import("./run.ts")).run;
    },
  ],
  ["replay", async () => (await import("./replay.ts")).replay],
  ["doctor", async () => (await import("./doctor.ts")).doctor],
  ["alerts", async () => (await import("./alerts.ts")).alerts],
  ["config", async () => (await import("./config.ts")).config],
]);

/** Longest text of a fault that is printed. */
const maxFault = 2_000;

/**
 * Runs what the arguments name and gives the exit code: that of the command, 2 for a mistake in the arguments, 1 for a
 * fault. Never rejects. What is printed of arguments and faults is one line without control characters: a file's name
 * or content must not move the cursor of whoever asks about it.
 */
export async function commandLine(argv: readonly string[]): Promise<number> {
  try {
    return await run([...argv]);
  } catch (error) {
    const fault = oneLine(error instanceof Error ? error.message : String(error), maxFault);
    // parseArgs throws TypeErrors with these codes: a mistake in the arguments like our own.
    const usedWrongly = error instanceof UsageError || codeOf(error).startsWith("ERR_PARSE_ARGS_");
    console.error(usedWrongly ? `vedette: ${fault}\n\n${usage()}` : `vedette: ${fault}`);
    return usedWrongly ? 2 : 1;
  }
}

async function run(argv: string[]): Promise<number> {
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
  const load = commands.get(named ? first : "run");
  if (!load) throw new UsageError(`unknown command "${first}"`);
  return (await load())(named ? rest : argv);
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? "");
}

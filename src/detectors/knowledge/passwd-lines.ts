/** Account lines written straight into passwd(5), past all tools. */
import { type AccountDeeds, MOST, type NewAccount, NOTHING } from "./account-deeds.ts";
import { type Command, type CommandLine, resolvePath } from "./command.ts";

/** `echo 'x:x:0:0::/root:/bin/sh' >> /etc/passwd`, `... | tee -a /etc/passwd`. */
export function appended(command: Command, line: CommandLine | undefined): AccountDeeds {
  const target = command.redirections.find(
    ({ operator, target: to }) => operator.includes(">") && isPasswd(command, to),
  );
  const texts = command.redirections
    .filter(({ operator }) => operator.startsWith("<<"))
    .map(({ target: text }) => text);
  const tee = command.name === "tee" && command.args.some((arg) => isPasswd(command, arg));
  if (!target && !tee) return NOTHING;
  // what goes through a pipe was said by the stages before
  const stages = line?.pipelines[command.pipeline]?.filter(({ stage }) => stage < command.stage) ?? [];
  const created = passwdLines([...stages.flatMap(({ args }) => args), ...command.args, ...texts].join("\n"));
  return created.length > 0 ? { ...NOTHING, created } : NOTHING;
}

function isPasswd(command: Command, path: string): boolean {
  return path.endsWith("passwd") && resolvePath(command, path) === "/etc/passwd";
}

/** Lines in the format of passwd(5), real newlines or the `\n` of echo -e and printf. */
export function passwdLines(text: string): readonly NewAccount[] {
  const accounts: NewAccount[] = [];
  for (const line of text.slice(0, 65_536).split(/\\n|\n/, 256)) {
    const fields = line.split(":", 8);
    const [user = "", password = "", uid = "", , , home, shell] = fields;
    if (fields.length < 5 || user === "" || user.includes(" ") || !/^\d{0,10}$/.test(uid)) continue;
    accounts.push({
      user,
      uid,
      password: password !== "x" && password !== "*" && password !== "!",
      home,
      shell,
      groups: [],
    });
  }
  return accounts.slice(0, MOST);
}

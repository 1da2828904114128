import { constants } from "node:os";

/** A call that the kernel refused. */
export class Refused extends Error {
  /** Name of the error number: `EPERM`. */
  readonly code: string;
  constructor(what: string, errno: number) {
    const code = nameOf(errno);
    super(`${what}: ${code}`);
    this.name = "Refused";
    this.code = code;
  }
}

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

function nameOf(errno: number): string {
  return names.get(errno) ?? `error ${errno}`;
}

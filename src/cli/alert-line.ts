import type { SeverityName } from "../alerts/catalogue.ts";
import { oneLine } from "../alerts/visible.ts";
import type { Terminal } from "./terminal.ts";

/** The members of an OCSF finding that a person reads first; everything is optional since it comes as text. */
interface Told {
  readonly time?: number;
  readonly severity?: string;
  readonly activity_name?: string;
  readonly count?: number;
  readonly message?: string;
  readonly finding_info?: { readonly title?: string; readonly analytic?: { readonly uid?: string } };
  readonly evidences?: readonly {
    readonly data?: { readonly reason?: unknown };
    readonly process?: {
      readonly cmd_line?: string;
      readonly pid?: number;
      readonly user?: { readonly name?: string; readonly uid?: string };
    };
    readonly container?: { readonly name?: string; readonly image?: { readonly name?: string } };
    readonly src_endpoint?: { readonly ip?: string };
  }[];
}

/** An alert as it arrived upstream, for a person: one line of what, one or two of the evidence. */
export function alertLines(body: string, out: Terminal): string[] {
  const told = JSON.parse(body) as Told;
  const severity = (told.severity ?? "medium").toLowerCase() as SeverityName;
  const at = new Date(told.time ?? Date.now()).toISOString().slice(11, 19);
  const id = told.finding_info?.analytic?.uid ?? "?";
  const repeated = told.activity_name === "Update" ? out.dim(` (${told.count} times)`) : "";
  const head = `${out.dim(at)}  ${out.severity(severity)}  ${out.bold(told.finding_info?.title ?? id)}${repeated}  ${out.dim(id)}`;
  return [head, ...evidenceLines(told).map((line) => `            ${out.dim(line)}`)];
}

function evidenceLines(told: Told): string[] {
  const evidence = told.evidences?.[0];
  if (!evidence) return [];
  const { process, container, src_endpoint, data } = evidence;
  const who = process?.user?.name ?? (process?.user?.uid !== undefined ? `uid ${process.user.uid}` : undefined);
  const where = container?.name ?? container?.image?.name;
  const parts = [
    typeof data?.reason === "string" ? data.reason : undefined,
    process?.cmd_line && `$ ${process.cmd_line}`,
    [
      who && `by ${who}`,
      process?.pid && `pid ${process.pid}`,
      where && `in container ${where}`,
      src_endpoint?.ip && `from ${src_endpoint.ip}`,
    ]
      .filter(Boolean)
      .join(", "),
  ];
  return parts
    .filter((part): part is string => typeof part === "string" && part !== "")
    .map((part) => oneLine(part, 160));
}

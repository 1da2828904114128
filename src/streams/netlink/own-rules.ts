/** The project's rules as this host takes them. */
import { ownRuleKey } from "../../parsers/audit/own-rule-key.ts";
import type { Machine } from "./architecture.ts";
import type { HostPaths, Reach } from "./host-paths.ts";
import { encodeRule } from "./rule-data.ts";
import { parseRule, type Rule, type RuleField } from "./rule-line.ts";

export interface OwnRules {
  /** struct audit_rule_data each. */
  readonly loadable: readonly Buffer[];
  /** Paths that cannot be watched from where we are. */
  readonly unreachable: readonly string[];
}

/** @throws Error when a line is not understood: a defect, tested */
export function ownRules(lines: readonly string[], machine: Machine, paths: Pick<HostPaths, "reach">): OwnRules {
  const loadable: Buffer[] = [];
  const unreachable = new Set<string>();
  for (const line of lines) {
    const rule = placed(parseRule(line), paths, unreachable);
    const data = rule && encodeRule(rule, machine);
    if (data) loadable.push(data);
  }
  return { loadable, unreachable: [...unreachable] };
}

/** With the host's paths as they are reached; undefined where one of them is not. */
function placed(rule: Rule, paths: Pick<HostPaths, "reach">, unreachable: Set<string>): Rule | undefined {
  const fields: RuleField[] = [];
  for (const field of rule.fields) {
    if (field.name !== "path" && field.name !== "dir" && field.name !== "exe") {
      fields.push(field);
      continue;
    }
    const path = String(field.value);
    const reach = paths.reach(path);
    if (reach === "unreachable") unreachable.add(path);
    const place = placeOf(field, reach);
    if (!place) return undefined;
    fields.push(place);
  }
  return { ...rule, fields, key: ownRuleKey };
}

/** As auditctl -w does: a watch on a directory is one of all below it. */
function placeOf(field: RuleField, reach: Reach): RuleField | undefined {
  if (typeof reach === "string") return undefined;
  if (field.name === "dir" && !reach.isDirectory) return undefined;
  const name = field.name === "path" && reach.isDirectory ? "dir" : field.name;
  return { ...field, name, value: reach.path };
}

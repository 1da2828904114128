/** /etc/group, group(5): `name:password:GID:user,user`. */
import { colonLines, isId, isName } from "./passwd.ts";

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const MOST_GROUPS = 8192;
/** Over all groups. */
const MOST_MEMBERS = 65_536;

/** Groups in file order; of two lines with one name the members are joined, as glibc's initgroups does. Never throws. */
export function parseGroup(text: string): readonly Group[] {
  const groups = new Map<string, { gid: number; members: Set<string> }>();
  let members = 0;
  for (const [name = "", , gid = "", list = ""] of colonLines(text, 4)) {
    if (!isName(name) || !isId(gid)) continue;
    const group = groups.get(name) ?? { gid: Number(gid), members: new Set<string>() };
    groups.set(name, group);
    for (const raw of list.split(",", 8192)) {
      const member = raw.trim();
      if (isName(member) && members++ < MOST_MEMBERS) group.members.add(member);
    }
    if (groups.size >= MOST_GROUPS) break;
  }
  return [...groups].map(([name, { gid, members: set }]) => ({ name, gid, members: [...set] }));
}

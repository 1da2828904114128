/** A value of the wrong type in the module twin. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "twin-config-parse-failure",
  needs: [],
  perform: async (host) => host.module.rig.setDesired({ alerts: { "local-user-deleted": { enabled: host.word } } }),
  undo: async (host) => host.module.rig.setDesired({ alerts: { "local-user-deleted": null } }),
  expect: (finding) => JSON.stringify(finding.evidences).includes("local-user-deleted"),
} satisfies Attack;

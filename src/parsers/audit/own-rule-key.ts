/**
 * The key of all rules that Vedette loads itself, and of none in `etc/audit/30-vedette.rules`: so they can be told from
 * those of a host that has installed that file, and taken out without touching them.
 */
export const ownRuleKey = "vedette";

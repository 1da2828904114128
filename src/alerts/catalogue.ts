/**
 * Every alert that Vedette can raise. The id is at once catalogue key, detector file name, twin section,
 * attack script, message value and metric label: it never changes.
 *
 * Severities of the 39 built-in alerts are those of Microsoft's list of agent-based security alerts
 * (azure-docs, defender-for-iot, "agent based security alerts"). Custom alerts are Low, off by default.
 */

export const severityNames = ["informational", "low", "medium", "high"] as const;
export type SeverityName = (typeof severityNames)[number];

/** Where an alert comes from: the source document, its custom alerts, or the module's own state. */
export type AlertGroup = "builtin" | "custom" | "module";

/** A MITRE ATT&CK reference. `version` is the ATT&CK release in which the id was read. */
export interface AttackReference {
  readonly version: string;
  readonly tactic: { readonly uid: string; readonly name: string };
  readonly technique: { readonly uid: string; readonly name: string };
  readonly subTechnique?: { readonly uid: string; readonly name: string };
}

export interface CatalogueEntry {
  readonly severity: SeverityName;
  readonly group: AlertGroup;
  readonly attacks: readonly AttackReference[];
  /** Name in the classic Defender for IoT agent, for fleets that move over. */
  readonly legacyName?: string;
}

export const catalogue = {
  "binary-command-line": { severity: "high", group: "builtin", attacks: [] },
  "firewall-disabled": { severity: "high", group: "builtin", attacks: [] },
  "port-forwarding": { severity: "high", group: "builtin", attacks: [] },
  "auditd-disabled": { severity: "high", group: "builtin", attacks: [] },
  "reverse-shell": { severity: "high", group: "builtin", attacks: [] },
  "brute-force-success": { severity: "high", group: "builtin", attacks: [] },
  "local-login-success": { severity: "high", group: "builtin", attacks: [] },
  "web-shell": { severity: "high", group: "builtin", attacks: [] },
  "common-linux-bots": { severity: "medium", group: "builtin", attacks: [] },
  "fairware-ransomware": { severity: "medium", group: "builtin", attacks: [] },
  "ransomware-like": { severity: "medium", group: "builtin", attacks: [] },
  "crypto-miner-container-image": { severity: "medium", group: "builtin", attacks: [] },
  "crypto-miner-process": { severity: "medium", group: "builtin", attacks: [] },
  "suspicious-nohup": { severity: "medium", group: "builtin", attacks: [] },
  "suspicious-useradd": { severity: "medium", group: "builtin", attacks: [] },
  "exposed-docker-daemon": { severity: "medium", group: "builtin", attacks: [] },
  "local-login-failed": { severity: "medium", group: "builtin", attacks: [] },
  "malicious-source-download": { severity: "medium", group: "builtin", attacks: [] },
  "htaccess-access": { severity: "medium", group: "builtin", attacks: [] },
  "attack-tools": { severity: "medium", group: "builtin", attacks: [] },
  "twin-config-parse-failure": { severity: "medium", group: "builtin", attacks: [] },
  "local-host-reconnaissance": { severity: "medium", group: "builtin", attacks: [] },
  "script-interpreter-mismatch": { severity: "medium", group: "builtin", attacks: [] },
  "possible-backdoor": { severity: "medium", group: "builtin", attacks: [] },
  "possible-data-loss": { severity: "medium", group: "builtin", attacks: [] },
  "common-files-overwritten": { severity: "medium", group: "builtin", attacks: [] },
  "privileged-container": { severity: "medium", group: "builtin", attacks: [] },
  "system-log-removal": { severity: "medium", group: "builtin", attacks: [] },
  "space-after-filename": { severity: "medium", group: "builtin", attacks: [] },
  "credential-access-tools": { severity: "medium", group: "builtin", attacks: [] },
  "suspicious-compilation": { severity: "medium", group: "builtin", attacks: [] },
  "download-then-run": { severity: "medium", group: "builtin", attacks: [] },
  "suspicious-ip": { severity: "medium", group: "builtin", attacks: [] },
  "bash-history-cleared": { severity: "low", group: "builtin", attacks: [] },
  "device-silent": { severity: "low", group: "builtin", attacks: [] },
  "brute-force-failed": { severity: "low", group: "builtin", attacks: [] },
  "user-added-to-group": { severity: "low", group: "builtin", attacks: [] },
  "user-removed-from-group": { severity: "low", group: "builtin", attacks: [] },
  "local-user-deleted": { severity: "low", group: "builtin", attacks: [] },

  "custom-active-connections": { severity: "low", group: "custom", attacks: [] },
  "custom-failed-local-logins": { severity: "low", group: "custom", attacks: [] },
  "custom-connection-not-allowed": { severity: "low", group: "custom", attacks: [] },
  "custom-login-not-allowed": { severity: "low", group: "custom", attacks: [] },
  "custom-process-not-allowed": { severity: "low", group: "custom", attacks: [] },
  "custom-message-count": { severity: "low", group: "custom", attacks: [] },

  "coverage-lost": { severity: "medium", group: "module", attacks: [] },
  "alerts-held-back": { severity: "medium", group: "module", attacks: [] },
} as const satisfies Record<string, CatalogueEntry>;

export type AlertId = keyof typeof catalogue;

export const alertIds = Object.keys(catalogue) as AlertId[];

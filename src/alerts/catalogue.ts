/**
 * Every alert that Vedette can raise. The id is at once catalogue key, detector file name, twin section,
 * attack script, message value and metric label: it never changes.
 *
 * Severities of the 39 built-in alerts are those of Microsoft's list of agent-based security alerts
 * (azure-docs, defender-for-iot, "agent based security alerts"). Custom alerts are Low, off by default.
 */
import { type AttackReference, attack } from "./attack.ts";

export const severityNames = ["informational", "low", "medium", "high"] as const;
export type SeverityName = (typeof severityNames)[number];

/** Where an alert comes from: the source document, its custom alerts, or the module's own state. */
export type AlertGroup = "builtin" | "custom" | "module";

export interface CatalogueEntry {
  readonly severity: SeverityName;
  readonly group: AlertGroup;
  readonly attacks: readonly AttackReference[];
  /**
   * Alert type in Defender for IoT, for fleets that move over. From Microsoft's list of micro agent alerts, its trigger
   * scripts (OverrideLinuxFiles) and query examples (Bruteforce_*); absent where no public source names it.
   */
  readonly legacyName?: string;
}

export const catalogue = {
  "binary-command-line": {
    severity: "high",
    group: "builtin",
    attacks: [attack("Execution", "T1059.004")],
    legacyName: "IoT_BinaryCommandLine",
  },
  "firewall-disabled": {
    severity: "high",
    group: "builtin",
    attacks: [attack("Defense Impairment", "T1686")],
    legacyName: "IoT_DisableFirewall",
  },
  "port-forwarding": {
    severity: "high",
    group: "builtin",
    attacks: [attack("Command and Control", "T1572"), attack("Command and Control", "T1090")],
    legacyName: "IoT_PortForwarding",
  },
  "auditd-disabled": {
    severity: "high",
    group: "builtin",
    attacks: [attack("Defense Impairment", "T1685.004")],
    legacyName: "IoT_DisableAuditdLogging",
  },
  "reverse-shell": {
    severity: "high",
    group: "builtin",
    attacks: [attack("Execution", "T1059.004")],
    legacyName: "IoT_ReverseShell",
  },
  "brute-force-success": {
    severity: "high",
    group: "builtin",
    attacks: [attack("Credential Access", "T1110")],
    legacyName: "IoT_Bruteforce_Success",
  },
  "local-login-success": {
    severity: "high",
    group: "builtin",
    attacks: [attack("Initial Access", "T1078.003")],
    legacyName: "IoT_SuccessfulLocalLogin",
  },
  "web-shell": {
    severity: "high",
    group: "builtin",
    attacks: [attack("Persistence", "T1505.003")],
    legacyName: "IoT_WebShell",
  },
  "common-linux-bots": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Command and Control", "T1105")],
    legacyName: "IoT_CommonBots",
  },
  "fairware-ransomware": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Impact", "T1485")],
    legacyName: "IoT_FairwareMalware",
  },
  "ransomware-like": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Impact", "T1486")],
    legacyName: "IoT_Ransomware",
  },
  "crypto-miner-container-image": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Impact", "T1496.001")],
    legacyName: "IoT_CryptoMinerContainer",
  },
  "crypto-miner-process": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Impact", "T1496.001")],
    legacyName: "IoT_CryptoMiner",
  },
  "suspicious-nohup": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Stealth", "T1564.011")],
    legacyName: "IoT_SuspiciousNohup",
  },
  "suspicious-useradd": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Persistence", "T1136.001")],
    legacyName: "IoT_SuspiciousUseradd",
  },
  "exposed-docker-daemon": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Execution", "T1610")],
    legacyName: "IoT_ExposedDocker",
  },
  "local-login-failed": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Credential Access", "T1110")],
    legacyName: "IoT_FailedLocalLogin",
  },
  "malicious-source-download": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Command and Control", "T1105")],
    legacyName: "IoT_PossibleMalware",
  },
  "htaccess-access": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Persistence", "T1505.003")],
    legacyName: "IoT_AccessingHtaccessFile",
  },
  "attack-tools": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Resource Development", "T1588.002"), attack("Discovery", "T1046")],
    legacyName: "IoT_KnownAttackTools",
  },
  "twin-config-parse-failure": { severity: "medium", group: "builtin", attacks: [] },
  "local-host-reconnaissance": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Discovery", "T1082"), attack("Discovery", "T1087.001")],
    legacyName: "IoT_LinuxReconnaissance",
  },
  "script-interpreter-mismatch": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Stealth", "T1036.008")],
    legacyName: "IoT_ScriptInterpreterMismatch",
  },
  "possible-backdoor": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Command and Control", "T1105")],
    legacyName: "IoT_LinuxBackdoor",
  },
  "possible-data-loss": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Exfiltration", "T1048"), attack("Exfiltration", "T1567")],
    legacyName: "IoT_EgressData",
  },
  "common-files-overwritten": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Impact", "T1565.001")],
    legacyName: "IoT_OverrideLinuxFiles",
  },
  "privileged-container": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Execution", "T1610")],
    legacyName: "IoT_PrivilegedContainer",
  },
  "system-log-removal": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Defense Impairment", "T1685.006")],
    legacyName: "IoT_RemovalOfSystemLogs",
  },
  "space-after-filename": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Stealth", "T1036.006")],
    legacyName: "IoT_ExecuteFileWithTrailingSpace",
  },
  "credential-access-tools": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Credential Access", "T1003.008"), attack("Credential Access", "T1552")],
    legacyName: "IoT_CredentialAccessTools",
  },
  "suspicious-compilation": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Stealth", "T1027.004")],
    legacyName: "IoT_SuspiciousCompilation",
  },
  "download-then-run": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Command and Control", "T1105"), attack("Execution", "T1059")],
    legacyName: "IoT_DownloadFileThenRun",
  },
  "suspicious-ip": {
    severity: "medium",
    group: "builtin",
    attacks: [attack("Command and Control", "T1071")],
    legacyName: "IoT_TiConnection",
  },
  "bash-history-cleared": {
    severity: "low",
    group: "builtin",
    attacks: [attack("Stealth", "T1070.003"), attack("Defense Impairment", "T1690")],
    legacyName: "IoT_ClearHistoryFile",
  },
  "device-silent": { severity: "low", group: "builtin", attacks: [attack("Defense Impairment", "T1685")] },
  "brute-force-failed": {
    severity: "low",
    group: "builtin",
    attacks: [attack("Credential Access", "T1110.001")],
    legacyName: "IoT_Bruteforce_Fail",
  },
  "user-added-to-group": { severity: "low", group: "builtin", attacks: [attack("Persistence", "T1098.007")] },
  "user-removed-from-group": { severity: "low", group: "builtin", attacks: [attack("Impact", "T1531")] },
  "local-user-deleted": { severity: "low", group: "builtin", attacks: [attack("Impact", "T1531")] },

  "custom-active-connections": { severity: "low", group: "custom", attacks: [attack("Command and Control", "T1071")] },
  "custom-failed-local-logins": { severity: "low", group: "custom", attacks: [attack("Credential Access", "T1110")] },
  "custom-connection-not-allowed": {
    severity: "low",
    group: "custom",
    attacks: [attack("Command and Control", "T1071")],
  },
  "custom-login-not-allowed": { severity: "low", group: "custom", attacks: [attack("Initial Access", "T1078.003")] },
  "custom-process-not-allowed": { severity: "low", group: "custom", attacks: [attack("Execution", "T1059")] },
  "custom-message-count": { severity: "low", group: "custom", attacks: [] },

  "coverage-lost": { severity: "medium", group: "module", attacks: [attack("Defense Impairment", "T1685")] },
  "alerts-held-back": { severity: "medium", group: "module", attacks: [] },
} as const satisfies Record<string, CatalogueEntry>;

export type AlertId = keyof typeof catalogue;

export const alertIds = Object.keys(catalogue) as AlertId[];

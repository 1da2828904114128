/**
 * The part of MITRE ATT&CK (Enterprise) that the catalogue refers to, as of release 19.2: ids and names from
 * enterprise-attack-19.2 (github.com/mitre-attack/attack-stix-data). Release 19 split "Defense Evasion" into
 * "Stealth" (which kept TA0005) and "Defense Impairment" (TA0112), and moved T1562.* to T1685, T1686 and T1690,
 * T1070.002 to T1685.006; older tools know these acts by the older ids.
 */

export const attackVersion = "19.2";

/** A MITRE ATT&CK reference. `version` is the ATT&CK release in which the id was read. */
export interface AttackReference {
  readonly version: string;
  readonly tactic: { readonly uid: string; readonly name: string };
  readonly technique: { readonly uid: string; readonly name: string };
  readonly subTechnique?: { readonly uid: string; readonly name: string };
}

const tactics = {
  "Resource Development": "TA0042",
  "Initial Access": "TA0001",
  Execution: "TA0002",
  Persistence: "TA0003",
  Stealth: "TA0005",
  "Defense Impairment": "TA0112",
  "Credential Access": "TA0006",
  Discovery: "TA0007",
  "Command and Control": "TA0011",
  Exfiltration: "TA0010",
  Impact: "TA0040",
} as const;

const techniques = {
  T1003: "OS Credential Dumping",
  "T1003.008": "/etc/passwd and /etc/shadow",
  T1027: "Obfuscated Files or Information",
  "T1027.004": "Compile After Delivery",
  T1036: "Masquerading",
  "T1036.006": "Space after Filename",
  "T1036.008": "Masquerade File Type",
  T1046: "Network Service Discovery",
  T1048: "Exfiltration Over Alternative Protocol",
  T1059: "Command and Scripting Interpreter",
  "T1059.004": "Unix Shell",
  T1070: "Indicator Removal",
  "T1070.003": "Clear Command History",
  T1071: "Application Layer Protocol",
  T1078: "Valid Accounts",
  "T1078.003": "Local Accounts",
  T1082: "System Information Discovery",
  T1087: "Account Discovery",
  "T1087.001": "Local Account",
  T1090: "Proxy",
  T1098: "Account Manipulation",
  "T1098.007": "Additional Local or Domain Groups",
  T1105: "Ingress Tool Transfer",
  T1110: "Brute Force",
  "T1110.001": "Password Guessing",
  T1136: "Create Account",
  "T1136.001": "Local Account",
  T1485: "Data Destruction",
  T1486: "Data Encrypted for Impact",
  T1496: "Resource Hijacking",
  "T1496.001": "Compute Hijacking",
  T1505: "Server Software Component",
  "T1505.003": "Web Shell",
  T1531: "Account Access Removal",
  T1552: "Unsecured Credentials",
  T1564: "Hide Artifacts",
  "T1564.011": "Ignore Process Interrupts",
  T1565: "Data Manipulation",
  "T1565.001": "Stored Data Manipulation",
  T1567: "Exfiltration Over Web Service",
  T1572: "Protocol Tunneling",
  T1588: "Obtain Capabilities",
  "T1588.002": "Tool",
  T1610: "Deploy Container",
  T1685: "Disable or Modify Tools",
  "T1685.004": "Disable or Modify Linux Audit System Log",
  "T1685.006": "Clear Linux or Mac System Logs",
  T1686: "Disable or Modify System Firewall",
  T1690: "Prevent Command History Logging",
} as const;

type TacticName = keyof typeof tactics;
type TechniqueId = keyof typeof techniques;

/** The reference for one technique under one tactic; the parent of a sub-technique is found by its id. */
export function attack(tactic: TacticName, id: TechniqueId): AttackReference {
  const parent = id.slice(0, 5) as TechniqueId;
  const reference = {
    version: attackVersion,
    tactic: { uid: tactics[tactic], name: tactic },
    technique: { uid: parent, name: techniques[parent] },
  };
  return parent === id ? reference : { ...reference, subTechnique: { uid: id, name: techniques[id] } };
}

/** Every detector, in the order of the catalogue. A file that is missing here is a failing test. */

import { attackTools } from "./attack-tools.ts";
import { auditdDisabledCommand } from "./auditd-disabled.command.ts";
import { auditdDisabledEvent } from "./auditd-disabled.event.ts";
import { auditdDisabledFile } from "./auditd-disabled.file.ts";
import { bashHistoryClearedCommand } from "./bash-history-cleared.command.ts";
import { bashHistoryClearedFile } from "./bash-history-cleared.file.ts";
import { binaryCommandLine } from "./binary-command-line.ts";
import { bruteForceFailed } from "./brute-force-failed.ts";
import { bruteForceSuccess } from "./brute-force-success.ts";
import { commonFilesOverwrittenCommand } from "./common-files-overwritten.command.ts";
import { commonFilesOverwrittenFile } from "./common-files-overwritten.file.ts";
import { commonLinuxBots } from "./common-linux-bots.ts";
import { coverageLost } from "./coverage-lost.ts";
import { credentialAccessToolsFile } from "./credential-access-tools.file.ts";
import { credentialAccessTools } from "./credential-access-tools.ts";
import { cryptoMinerContainerImageCommand } from "./crypto-miner-container-image.command.ts";
import { cryptoMinerContainerImage } from "./crypto-miner-container-image.ts";
import { cryptoMinerProcess } from "./crypto-miner-process.ts";
import { customActiveConnections } from "./custom-active-connections.ts";
import { customConnectionNotAllowed } from "./custom-connection-not-allowed.ts";
import { customFailedLocalLogins } from "./custom-failed-local-logins.ts";
import { customLoginNotAllowed } from "./custom-login-not-allowed.ts";
import { customMessageCount } from "./custom-message-count.ts";
import { customProcessNotAllowed } from "./custom-process-not-allowed.ts";
import type { Detector } from "./detector.ts";
import { deviceSilent } from "./device-silent.ts";
import { downloadThenRunSiblings } from "./download-then-run.siblings.ts";
import { downloadThenRun } from "./download-then-run.ts";
import { exposedDockerDaemonCommand } from "./exposed-docker-daemon.command.ts";
import { exposedDockerDaemon } from "./exposed-docker-daemon.ts";
import { fairwareRansomware } from "./fairware-ransomware.ts";
import { firewallDisabledCommand } from "./firewall-disabled.command.ts";
import { firewallDisabledService } from "./firewall-disabled.service.ts";
import { htaccessAccessCommand } from "./htaccess-access.command.ts";
import { htaccessAccessFile } from "./htaccess-access.file.ts";
import { localHostReconnaissance } from "./local-host-reconnaissance.ts";
import { localLoginFailed } from "./local-login-failed.ts";
import { localLoginSuccess } from "./local-login-success.ts";
import { localUserDeletedCommand } from "./local-user-deleted.command.ts";
import { localUserDeleted } from "./local-user-deleted.ts";
import { maliciousSourceDownload } from "./malicious-source-download.ts";
import { portForwarding } from "./port-forwarding.ts";
import { possibleBackdoorFetched } from "./possible-backdoor.fetched.ts";
import { possibleBackdoorFile } from "./possible-backdoor.file.ts";
import { possibleBackdoorKeys } from "./possible-backdoor.keys.ts";
import { possibleBackdoorSiblings } from "./possible-backdoor.siblings.ts";
import { possibleBackdoor } from "./possible-backdoor.ts";
import { possibleBackdoorTypedKey } from "./possible-backdoor.typed-key.ts";
import { possibleDataLossCommand } from "./possible-data-loss.command.ts";
import { possibleDataLossPipe } from "./possible-data-loss.pipe.ts";
import { possibleDataLossSocket } from "./possible-data-loss.socket.ts";
import { privilegedContainerCommand } from "./privileged-container.command.ts";
import { privilegedContainer } from "./privileged-container.ts";
import { ransomwareLikeCommand } from "./ransomware-like.command.ts";
import { ransomwareLikeFile } from "./ransomware-like.file.ts";
import { reverseShellSiblings } from "./reverse-shell.siblings.ts";
import { reverseShellSocket } from "./reverse-shell.socket.ts";
import { reverseShell } from "./reverse-shell.ts";
import { scriptInterpreterMismatch } from "./script-interpreter-mismatch.ts";
import { spaceAfterFilenameFile } from "./space-after-filename.file.ts";
import { spaceAfterFilename } from "./space-after-filename.ts";
import { suspiciousCompilationFetched } from "./suspicious-compilation.fetched.ts";
import { suspiciousCompilation } from "./suspicious-compilation.ts";
import { suspiciousIp } from "./suspicious-ip.ts";
import { suspiciousNohup } from "./suspicious-nohup.ts";
import { suspiciousUseraddAccount } from "./suspicious-useradd.account.ts";
import { suspiciousUseradd } from "./suspicious-useradd.ts";
import { systemLogRemovalCommand } from "./system-log-removal.command.ts";
import { systemLogRemovalFile } from "./system-log-removal.file.ts";
import { twinConfigParseFailure } from "./twin-config-parse-failure.ts";
import { userAddedToGroupCommand } from "./user-added-to-group.command.ts";
import { userAddedToGroup } from "./user-added-to-group.ts";
import { userRemovedFromGroupCommand } from "./user-removed-from-group.command.ts";
import { userRemovedFromGroup } from "./user-removed-from-group.ts";
import { webShellCommand } from "./web-shell.command.ts";
import { webShellContent } from "./web-shell.content.ts";
import { webShellFile } from "./web-shell.file.ts";

export const detectors: readonly Detector[] = [
  binaryCommandLine,
  firewallDisabledCommand,
  firewallDisabledService,
  portForwarding,
  auditdDisabledCommand,
  auditdDisabledEvent,
  auditdDisabledFile,
  reverseShellSiblings,
  reverseShellSocket,
  reverseShell,
  bruteForceSuccess,
  localLoginSuccess,
  webShellCommand,
  webShellContent,
  webShellFile,
  commonLinuxBots,
  fairwareRansomware,
  ransomwareLikeCommand,
  ransomwareLikeFile,
  cryptoMinerContainerImageCommand,
  cryptoMinerContainerImage,
  cryptoMinerProcess,
  suspiciousNohup,
  suspiciousUseraddAccount,
  suspiciousUseradd,
  exposedDockerDaemonCommand,
  exposedDockerDaemon,
  localLoginFailed,
  maliciousSourceDownload,
  htaccessAccessCommand,
  htaccessAccessFile,
  attackTools,
  twinConfigParseFailure,
  localHostReconnaissance,
  scriptInterpreterMismatch,
  possibleBackdoorFetched,
  possibleBackdoorFile,
  possibleBackdoorKeys,
  possibleBackdoorTypedKey,
  possibleBackdoorSiblings,
  possibleBackdoor,
  possibleDataLossCommand,
  possibleDataLossPipe,
  possibleDataLossSocket,
  commonFilesOverwrittenCommand,
  commonFilesOverwrittenFile,
  privilegedContainerCommand,
  privilegedContainer,
  systemLogRemovalCommand,
  systemLogRemovalFile,
  spaceAfterFilenameFile,
  spaceAfterFilename,
  credentialAccessToolsFile,
  credentialAccessTools,
  suspiciousCompilation,
  suspiciousCompilationFetched,
  downloadThenRunSiblings,
  downloadThenRun,
  suspiciousIp,
  bashHistoryClearedCommand,
  bashHistoryClearedFile,
  deviceSilent,
  bruteForceFailed,
  userAddedToGroupCommand,
  userAddedToGroup,
  userRemovedFromGroupCommand,
  userRemovedFromGroup,
  localUserDeletedCommand,
  localUserDeleted,
  customActiveConnections,
  customFailedLocalLogins,
  customConnectionNotAllowed,
  customLoginNotAllowed,
  customProcessNotAllowed,
  customMessageCount,
  coverageLost,
];

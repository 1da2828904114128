/** A mistake on the command line: printed with the usage, exit code 2. */
export class UsageError extends Error {}

/** The text of `vedette help`. */
export function usage(): string {
  return `Usage: vedette [command] [options]

  run       watch this host (default). As an IoT Edge module when edgeAgent's environment is present,
            otherwise standalone against an embedded edgeHub: nothing to install, no account
              --data DIR       where alerts wait and positions are kept (default ./data or $VEDETTE_DATA)
              --host-root DIR  where the host's / is mounted (default / or $VEDETTE_HOST_ROOT)
              --config FILE    twin (desired properties) to run standalone with
              --json           one JSON object per line, also on a terminal
  replay    judge recorded logs, as an incident responder would
              --audit FILE     audit.log, plain or .gz, - for stdin; may be repeated
              --auth FILE      auth.log or secure, likewise
              --containers F   one "docker inspect" object per line
              --indicators F   threat list (address, CIDR, domain or URL per line); may be repeated
              --config FILE    twin with settings and exceptions
              --every          each finding, repeats not folded
              --json           one OCSF Detection Finding per line
              --lang en|ja     language of the texts
  doctor    what each source can see here, how the data folder is, and what to do about the rest
  alerts    the alerts, with severity and meaning   [--lang ja] [--json] [ID]
  config    check FILE: validate a twin or a deployment manifest offline
  help, --version
`;
}

import type { Evidence, Finding } from "../detectors/detector.ts";
import type { Container, Endpoint, Process } from "../events/fact.ts";

const longest = 512;
const mostArguments = 16;

/**
 * A finding reduced to what the closing count of its window shows: thousands of windows may be open at once, each is
 * stored with every checkpoint, and an attacker decides how long a command line is. At most some 10 KB.
 */
export function leanFinding(finding: Finding): Finding {
  const { alert, at, subject, reason, confidence, severity, count, firstSeen, evidence } = finding;
  return {
    alert,
    at,
    subject: subject.slice(0, longest),
    reason: reason.slice(0, longest),
    confidence,
    ...(severity !== undefined && { severity }),
    ...(count !== undefined && { count }),
    ...(firstSeen !== undefined && { firstSeen }),
    evidence: leanEvidence(evidence),
  };
}

function leanEvidence({ process, container, source, destination, file, user, url }: Evidence): Evidence {
  const of = container ?? process?.container;
  return {
    ...(process && { process: leanProcess(process) }),
    ...(of && { container: leanContainer(of) }),
    ...(source && { source: leanEndpoint(source) }),
    ...(destination && { destination: leanEndpoint(destination) }),
    ...(file && { file: { ...file, path: file.path.slice(0, longest) } }),
    ...(user !== undefined && { user: user.slice(0, longest) }),
    ...(url !== undefined && { url: url.slice(0, longest) }),
  };
}

function leanContainer({ id, name, image, imageId, module }: Container): Container {
  const cut = (text: string | undefined) => text?.slice(0, longest);
  return { id: id.slice(0, longest), name: cut(name), image: cut(image), imageId: cut(imageId), module: cut(module) };
}

function leanEndpoint({ ip, port, hostname }: Endpoint): Endpoint {
  return {
    ...(ip !== undefined && { ip: ip.slice(0, longest) }),
    ...(port !== undefined && { port }),
    ...(hostname !== undefined && { hostname: hostname.slice(0, longest) }),
  };
}

function leanProcess({ pid, ppid, exe, argv, uid, user }: Process): Process {
  return {
    pid,
    ppid,
    exe: exe.slice(0, longest),
    argv: argv.slice(0, mostArguments).map((argument) => argument.slice(0, longest)),
    ...(uid !== undefined && { uid }),
    ...(user !== undefined && { user: user.slice(0, longest) }),
  };
}

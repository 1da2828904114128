/** What a finding shows for itself, as an OCSF 1.8.0 `evidences` object. */
import { isIP } from "node:net";
import type { Cleaner } from "../alerts/cleaner.ts";
import type { OcsfContainer, OcsfEndpoint, OcsfEvidence, OcsfUrl } from "../alerts/ocsf.ts";
import type { Evidence, Match } from "../detectors/detector.ts";
import type { Container, ContainerDetail, Endpoint } from "../events/fact.ts";
import { parsedUrl } from "../operators/parsed-url.ts";
import { actorOf, fileOf, integer, processOf } from "./process-evidence.ts";

function containerOf(container: Container, cleaner: Cleaner): OcsfContainer | undefined {
  const uid = container.id || container.name;
  if (!uid) return undefined;
  const image = container.imageId || container.image;
  return {
    uid: cleaner.line(uid),
    ...(container.name !== undefined && { name: cleaner.line(container.name) }),
    ...(image && {
      image: {
        uid: cleaner.line(image),
        ...(container.image !== undefined && { name: cleaner.line(container.image) }),
      },
    }),
    ...(container.module && { tags: [{ name: "module", value: cleaner.line(container.module) }] }),
  };
}

/** How the container was created, without its environment, which is where secrets live. */
function creationOf(container: ContainerDetail): Readonly<Record<string, unknown>> {
  return {
    privileged: container.privileged,
    cap_add: container.capAdd,
    binds: container.binds,
    pid_mode: container.pidMode,
    network_mode: container.networkMode,
    repo_digests: container.repoDigests,
  };
}

function endpointOf(endpoint: Endpoint, cleaner: Cleaner): OcsfEndpoint {
  const { ip, hostname } = endpoint;
  const port = integer(endpoint.port);
  const valid = ip !== undefined && isIP(ip) !== 0;
  return {
    ...(valid && { ip }),
    ...(hostname !== undefined && { hostname: cleaner.line(hostname) }),
    // The class wants a name of some kind where there is no address.
    ...(!valid && hostname === undefined && { name: cleaner.line(ip || "unknown") }),
    ...(port !== undefined && port >= 0 && port <= 65_535 && { port }),
  };
}

function urlOf(url: string, cleaner: Cleaner): OcsfUrl {
  const parsed = parsedUrl(url);
  return {
    url_string: cleaner.line(url),
    ...(parsed?.hostname && { hostname: cleaner.line(parsed.hostname) }),
    ...(parsed && { scheme: cleaner.line(parsed.protocol.slice(0, -1)) }),
  };
}

function dataOf({ evidence, reason }: Pick<Match, "evidence" | "reason">, cleaner: Cleaner) {
  const { container, data } = evidence;
  const creation = container && "privileged" in container ? { container: creationOf(container) } : {};
  return { ...(cleaner.data({ ...creation, ...data }) as Record<string, unknown>), reason: cleaner.lines(reason) };
}

/** The evidence of a match; never throws, and always holds `data.reason`. */
export function evidenceOf(match: Pick<Match, "evidence" | "reason">, cleaner: Cleaner): OcsfEvidence {
  const { process, source, destination, file, user, url }: Evidence = match.evidence;
  const container = match.evidence.container ?? process?.container;
  const shownContainer = container && containerOf(container, cleaner);
  const actor = process && actorOf(process, cleaner);
  return {
    data: dataOf(match, cleaner),
    ...(process && { process: processOf(process, cleaner) }),
    ...(actor && { actor }),
    ...(shownContainer && { container: shownContainer }),
    ...(source && { src_endpoint: endpointOf(source, cleaner) }),
    ...(destination && { dst_endpoint: endpointOf(destination, cleaner) }),
    ...(file && { file: fileOf(file, cleaner) }),
    ...(user !== undefined && { user: { name: cleaner.line(user) } }),
    ...(url !== undefined && { url: urlOf(url, cleaner) }),
  };
}

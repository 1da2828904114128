/**
 * The only place that speaks to the Docker Engine API, and it speaks GET alone: whoever reads this file knows that
 * Vedette cannot start, stop or change a container, although the socket would allow it.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import Docker from "dockerode";
import { SourceAbsent } from "../ports.ts";

const defaultSocket = "/var/run/docker.sock";
const answerWithin = 10_000;

export interface DockerEndpoint {
  /** Path of the engine's socket; default /var/run/docker.sock. Wins over `host`. */
  readonly socketPath?: string;
  /** As in DOCKER_HOST: `unix:///path`, `tcp://socket-proxy:2375`. */
  readonly host?: string;
  /** Directory with ca.pem, cert.pem and key.pem (DOCKER_CERT_PATH), for a TLS endpoint. */
  readonly certificates?: string;
}

export interface DockerApi {
  readonly address: string;
  info(): Promise<unknown>;
  ping(): Promise<unknown>;
  /** Running containers. */
  containers(): Promise<readonly { readonly Id: string }[]>;
  images(): Promise<readonly { readonly Id: string }[]>;
  /** Undefined when it does not exist any more. */
  container(id: string): Promise<unknown>;
  image(reference: string): Promise<unknown>;
  /** The endless answer of `GET /events`; ends when `signal` aborts. */
  events(since: string, filters: Readonly<Record<string, string[]>>, signal: AbortSignal): Promise<Readable>;
}

/** Builds the client; nothing is opened before the first call. Throws on an address that cannot be one. */
export function dockerApi(endpoint: DockerEndpoint = {}): DockerApi {
  const { options, address } = connection(endpoint);
  const docker = new Docker(options);
  const limited = () => ({ abortSignal: AbortSignal.timeout(answerWithin) });
  return {
    address,
    info: () => onceMore(() => promised(docker.info as Question, docker, limited())),
    ping: () => onceMore(() => promised(docker.ping as Question, docker, limited())),
    containers: () => onceMore(() => docker.listContainers(limited()) as Promise<{ Id: string }[]>),
    images: () => onceMore(() => docker.listImages(limited()) as Promise<{ Id: string }[]>),
    container: (id) =>
      orGone(isId(id) ? onceMore(() => docker.getContainer(id).inspect(limited()) as Promise<unknown>) : undefined),
    image: (reference) =>
      orGone(isPlain(reference) ? onceMore(() => docker.getImage(reference).inspect() as Promise<unknown>) : undefined),
    async events(since, filters, abortSignal) {
      return (await promised(docker.getEvents as Question, docker, { since, filters, abortSignal })) as Readable;
    },
  };
}

/** Names the reason and the remedy of a failed call; what may mend itself stays a plain error. */
export function dockerFault(error: unknown, address: string): Error {
  const { code, statusCode, message } = (error ?? {}) as { code?: string; statusCode?: number; message?: string };
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new SourceAbsent(`there is no Docker socket at ${address}`, `Bind the host's docker.sock to ${address}.`);
  }
  if (code === "EACCES" || code === "EPERM") {
    return new SourceAbsent(`the Docker socket ${address} may not be opened by this user`, groupRemedy(address));
  }
  if (statusCode === 403) {
    return new SourceAbsent(
      `the Docker API at ${address} refuses the call`,
      "Let the socket proxy allow GET of /events, /containers, /images and /info.",
    );
  }
  return new Error(`Docker API at ${address}: ${message ?? String(error)}`);
}

function groupRemedy(address: string): string {
  try {
    const { gid } = statSync(address);
    return `Add "GroupAdd": ["${gid}"] to the module's HostConfig: ${gid} is the group of the socket.`;
  } catch {
    return "Add the group of the socket to the module's HostConfig.GroupAdd.";
  }
}

function connection({ socketPath, host, certificates }: DockerEndpoint): {
  options: Docker.DockerOptions;
  address: string;
} {
  const path = socketPath ?? (host?.startsWith("unix://") ? host.slice(7) : undefined);
  // An undefined host must be passed: docker-modem would otherwise take it from DOCKER_HOST and drop the socket.
  if (path || !host) {
    const chosen = path || defaultSocket;
    return { options: { socketPath: chosen, host: undefined }, address: chosen };
  }
  const url = new URL(host.includes("://") ? host : `tcp://${host}`);
  if (!["tcp:", "http:", "https:"].includes(url.protocol)) throw new Error(`DOCKER_HOST ${host} is not supported`);
  const tls = certificates !== undefined || url.protocol === "https:";
  const read = (name: string) => readFileSync(join(certificates as string, name));
  return {
    options: {
      host: url.hostname,
      port: url.port || (tls ? 2376 : 2375),
      protocol: tls ? "https" : "http",
      ...(certificates !== undefined && { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") }),
    } as Docker.DockerOptions,
    address: url.host,
  };
}

/** A container's id or name: one part of a path. */
function isId(reference: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(reference);
}

/** Names of images go into the path of the request: nothing that could change which request it is. */
function isPlain(reference: string): boolean {
  return /^[\w][\w.\-/:@]{0,511}$/.test(reference) && !reference.includes("..");
}

/** `info`, `ping` and `getEvents` take options and answer with a promise; their types do not say both at once. */
type Question = (options: object) => unknown;

async function promised(ask: Question, docker: Docker, options: object): Promise<unknown> {
  return ask.call(docker, options);
}

/**
 * A connection that was kept may be closed by the other side (a socket proxy after some idle seconds) just when it is
 * used again. The question has changed nothing, so it is asked again.
 */
async function onceMore<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { code } = (error ?? {}) as { code?: string };
    if (code !== "ECONNRESET" && code !== "EPIPE") throw error;
    return ask();
  }
}

async function orGone(answer: Promise<unknown> | undefined): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

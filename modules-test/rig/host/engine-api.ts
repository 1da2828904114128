/** The Docker Engine API over its socket, without the client program: only the engine itself tells of what happens. */
import { request } from "node:http";

/** What the suite asks of `POST /containers/create` (Docker Engine API v1.41). */
export interface ContainerRequest {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly privileged?: boolean;
  readonly environment?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** Creates and starts a container without a network. Rejects with the engine's words. */
export async function startContainer(socket: string, asked: ContainerRequest): Promise<void> {
  await ask(socket, "POST", `/containers/create?name=${encodeURIComponent(asked.name)}`, {
    Image: asked.image,
    Cmd: asked.command,
    Env: asked.environment ?? [],
    Labels: asked.labels ?? {},
    HostConfig: { Privileged: asked.privileged ?? false, NetworkMode: "none" },
  });
  await ask(socket, "POST", `/containers/${encodeURIComponent(asked.name)}/start`);
}

export async function removeContainer(socket: string, name: string): Promise<void> {
  await ask(socket, "DELETE", `/containers/${encodeURIComponent(name)}?force=true`);
}

/** Gives an image a second name. */
export async function tagImage(socket: string, image: string, name: string): Promise<void> {
  await ask(socket, "POST", `/images/${image}/tag?repo=${encodeURIComponent(name)}&tag=latest`);
}

export async function removeTag(socket: string, name: string): Promise<void> {
  await ask(socket, "DELETE", `/images/${name}`);
}

/** One question to the engine; rejects with its words from status 400 on. */
export function ask(socketPath: string, method: string, path: string, body?: unknown): Promise<string> {
  return new Promise((settle, refuse) => {
    const headers = { "Content-Type": "application/json", Host: "docker" };
    const outgoing = request({ socketPath, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 400) settle(text);
        else refuse(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    outgoing.on("error", refuse).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

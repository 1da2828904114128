/** Builds the project's own Dockerfile on a real engine, as `docker build -f Dockerfile.amd64 .` does. */
import { resolve } from "node:path";
import { runChild } from "../rig/host/child.ts";
import type { DockerEngine } from "../rig/host/docker-engine.ts";
import { baseImage } from "./base-images.ts";

const project = resolve(import.meta.dirname, "../..");
/** As iotedgedev names it: repository, version and platform of module.json. */
export const moduleImage = "registry.invalid/vedette:0.1.0-amd64";

/** Without a network: what the build needs is in the context or in the builder. The classic builder needs no plug-in. */
export async function buildImage(engine: DockerEngine, tag = moduleImage, ...more: readonly string[]): Promise<void> {
  const file = ["-f", resolve(project, "Dockerfile.amd64")];
  const args = ["--host", engine.host, "build", "--network", "none", ...file, "-t", tag, ...more, project];
  await runChild("docker", args, { env: { ...process.env, DOCKER_BUILDKIT: "0" }, within: 180_000 });
}

export interface ImageSize {
  /** Bytes of the layers that the Dockerfile adds to its base. */
  readonly own: number;
  readonly base: number;
}

export async function sizeOf(engine: DockerEngine, tag = moduleImage): Promise<ImageSize> {
  const size = async (image: string) => Number(await engine.docker("image", "inspect", "-f", "{{.Size}}", image));
  const base = await size(baseImage);
  return { own: (await size(tag)) - base, base };
}

/** Content hashes of the layers, the base's first. */
export async function layersOf(engine: DockerEngine, tag = moduleImage): Promise<readonly string[]> {
  return JSON.parse(await engine.docker("image", "inspect", "-f", "{{json .RootFS.Layers}}", tag)) as string[];
}

import { z } from "zod";
import type { ContainerStarted, ImagePresent } from "../events/fact.ts";
import { type ConfidenceName, type Context, matcher } from "./detector.ts";
import { type Allowance, type ImageFacts, isAllowed } from "./knowledge/image-reference.ts";
import { minerImage } from "./knowledge/miner-images.ts";
import { minerSetting } from "./knowledge/miner-settings.ts";

/** Settings of both means of this alert. */
export const minerImageSettings = z.object({
  allowedImageIds: z
    .array(z.string())
    .default([])
    .describe("Images that may mine here, by image id or repository digest (`sha256:...`)."),
  allowedImages: z
    .array(z.string())
    .default([])
    .describe("Images that may mine here, by name; `name*` is a prefix. A name can be forged, an id cannot."),
});

/**
 * A container runs, or an image is stored, that mines cryptocurrency: known by name, by a word that only a miner's
 * image has, by a loaded threat list, or by a pool in its command or environment.
 *
 * Blind spot: a miner baked into an image with a harmless name that no list holds, with its pool in a file inside.
 */
export const cryptoMinerContainerImage = matcher({
  alert: "crypto-miner-container-image",
  on: ["container.started", "image.present"],
  settings: minerImageSettings,
  match: (fact, allowance, context) =>
    fact.kind === "image.present" ? stored(fact, allowance, context) : started(fact, allowance, context),
});

function started({ container }: ContainerStarted, allowance: Allowance, context: Context) {
  const image = container.image ?? container.imageId ?? container.id;
  const setting = minerSetting([...container.entrypoint, ...container.command], container.environment);
  const known = judgeImage(container, allowance, context);
  const sign = known ?? (setting && !isAllowed(container, allowance) ? byPool(setting) : undefined);
  if (!sign) return undefined;
  return {
    subject: `image ${image}`,
    reason: `container ${container.name ?? container.id.slice(0, 12)} of image ${image} ${sign.reason}`,
    confidence: sign.confidence,
    evidence: { container, data: { sign: sign.sign, setting } },
  };
}

function byPool(setting: string): Sign {
  return { sign: setting, reason: `is started with the settings of a miner (${setting})`, confidence: "high" };
}

function stored(fact: ImagePresent, allowance: Allowance, context: Context) {
  const sign = judgeImage(fact, allowance, context);
  if (!sign) return undefined;
  const { image, imageId, repoDigests } = fact;
  return {
    subject: `image ${image}`,
    reason: `image ${image} is stored here and ${sign.reason}`,
    // It does not run: the name is all there is.
    confidence: sign.confidence === "high" ? "medium" : sign.confidence,
    evidence: { data: { image, imageId, repoDigests, sign: sign.sign } },
  } as const;
}

export interface Sign {
  readonly sign: string;
  readonly reason: string;
  readonly confidence: ConfidenceName;
}

/** What an image's name says; undefined when it says nothing or is allowed. */
export function judgeImage(facts: ImageFacts, allowance: Allowance, context: Context): Sign | undefined {
  const names = [facts.image, ...(facts.repoDigests ?? [])].filter((name) => name !== undefined);
  if (names.length === 0 || isAllowed(facts, allowance)) return undefined;
  for (const name of names) {
    const hit = context.threats.image(name);
    if (hit) return { sign: hit.entry, reason: `is on the threat list ${hit.list}`, confidence: "high" };
    const miner = minerImage(name);
    if (miner?.kind === "listed") return { ...miner, reason: "is known to mine cryptocurrency" };
    if (miner) return { ...miner, reason: `is named like a miner (${miner.sign})` };
  }
  return undefined;
}

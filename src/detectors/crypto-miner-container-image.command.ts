import { judgeImage, minerImageSettings } from "./crypto-miner-container-image.ts";
import { matcher } from "./detector.ts";
import { commandLine } from "./knowledge/command.ts";
import { containerRequests } from "./knowledge/container-command.ts";
import { isAllowed } from "./knowledge/image-reference.ts";
import { minerSetting } from "./knowledge/miner-settings.ts";

/**
 * A command that pulls or runs a miner's image, or runs any image with a pool on its command line.
 *
 * Blind spot: an image named in a compose file or a manifest on disk.
 */
export const cryptoMinerContainerImageCommand = matcher({
  alert: "crypto-miner-container-image",
  on: ["process.started"],
  settings: minerImageSettings,
  match({ process }, allowance, context) {
    for (const request of containerRequests(commandLine(process))) {
      const { image, engine, deed, words, environment } = request;
      const setting = deed === "run" ? minerSetting(words, environment) : undefined;
      const named = image === undefined ? undefined : judgeImage({ image }, allowance, context);
      const reason = named?.reason ?? (setting && !isAllowed({ image }, allowance) ? `mines (${setting})` : undefined);
      if (reason === undefined) continue;
      return {
        subject: `image ${image ?? "unknown"}`,
        reason: `${engine} was asked to ${deed} ${image ?? "an image"}, which ${reason}`,
        confidence: named?.confidence ?? ("high" as const),
        evidence: { process, container: process.container, data: { image, sign: named?.sign ?? setting } },
      };
    }
    return undefined;
  },
});

import { z } from "zod";
import { matcher } from "./detector.ts";
import { isAllowed } from "./knowledge/image-reference.ts";

/** Settings of both means of this alert. */
export const privilegedSettings = z.object({
  allowedImageIds: z
    .array(z.string())
    .default([])
    .describe("Images that may run privileged, by image id or repository digest (`sha256:...`)."),
  allowedImages: z
    .array(z.string())
    .default([])
    .describe("Images that may run privileged, by name; `name*` is a prefix. A name can be forged, an id cannot."),
});

/**
 * A container started with the host's rights (`HostConfig.Privileged`).
 *
 * Added capabilities, host namespaces and mounts are shown as evidence. Blind spot: a container that mounts the docker
 * socket, the host's root or the host's devices has the same power without the flag.
 */
export const privilegedContainer = matcher({
  alert: "privileged-container",
  on: ["container.started"],
  settings: privilegedSettings,
  match({ container, snapshot }, allowance) {
    if (!container.privileged || isAllowed(container, allowance)) return undefined;
    const { image, name, capAdd, binds, pidMode, networkMode } = container;
    const what = image ?? container.imageId ?? container.id;
    return {
      subject: `image ${what}`,
      reason: `container ${name ?? container.id.slice(0, 12)} of image ${what} runs privileged`,
      confidence: "high",
      evidence: {
        container,
        data: { capAdd, binds: binds.slice(0, 32), pidMode, networkMode, alreadyRunning: snapshot === true },
      },
    };
  },
});

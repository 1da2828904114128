import { z } from "zod";
import { matcher } from "./detector.ts";
import { fromPackageManager, ranBy } from "./knowledge/ancestry.ts";
import { deployers, isHtaccess } from "./knowledge/htaccess.ts";
import { allowedDirectories } from "./knowledge/shared-settings.ts";
import { isWebServer } from "./knowledge/web.ts";

const changing = new Set(["create", "write", "truncate", "rename", "link"]);

/**
 * An `.htaccess` file was written, replaced or created by something other than a deployment.
 *
 * Blind spot: the content is not read. A web application that writes it itself (permalinks) is graded low.
 */
export const htaccessAccessFile = matcher({
  alert: "htaccess-access",
  on: ["file.changed"],
  settings: z.object({
    allowedDirectories,
  }),
  match({ operation, file, process }, { allowedDirectories }) {
    if (!changing.has(operation) || !isHtaccess(file.path)) return undefined;
    if (allowedDirectories.some((directory) => file.path.startsWith(directory))) return undefined;
    if (process && (fromPackageManager(process) || ranBy(process, deployers))) return undefined;
    return {
      subject: `file ${file.path}`,
      reason: `${file.path} was changed by ${process?.exe || "an unknown program"}`,
      confidence: process && isWebServer(process.exe) ? "low" : "medium",
      evidence: { process, file, container: process?.container },
    };
  },
});

import { z } from "zod";

/** Text that an operator writes into the twin: printable, not endless. */
const text = (most = 256) => z.string().min(1).max(most);

/** A pattern: exact text, or a prefix when it ends in `*`, or a suffix when it begins with `*`. No other wildcard. */
const pattern = text().describe("Exact text; `prefix*` and `*suffix` are the only wildcards");

/**
 * A named exception: a finding that matches every field given is not raised. At least one field to match is needed,
 * so that a typing error cannot silence a whole alert.
 */
export const exceptionSchema = z
  .strictObject({
    reason: text(512).optional().describe("Why this is legitimate; for the next operator"),
    expires: z.iso.datetime({ offset: true }).optional().describe("End of the exception, ISO 8601 with a zone"),
    user: pattern.optional().describe("Account name, or `uid:1000`"),
    process: pattern.optional().describe("Path of the executable"),
    commandLine: pattern.optional().describe("Whole command line, arguments joined by one space"),
    ancestor: pattern.optional().describe("Path of the executable of any ancestor"),
    image: pattern.optional().describe("Container image as named, without or with tag"),
    digest: pattern.optional().describe("Image id or repository digest, `sha256:...`"),
    module: pattern.optional().describe("IoT Edge module name"),
    file: pattern.optional().describe("Path of the file"),
    address: z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]).optional().describe("Remote address or CIDR range"),
  })
  .refine((e) => Object.keys(e).some((k) => k !== "reason" && k !== "expires"), {
    message:
      "needs at least one field to match on (user, process, commandLine, ancestor, image, digest, module, file, address)",
  });

export type Exception = z.output<typeof exceptionSchema>;

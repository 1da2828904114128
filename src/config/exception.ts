import { z } from "zod";

/** Text that an operator writes into the twin: printable, not endless. */
const text = (most = 256) => z.string().min(1).max(most);

/** A pattern: `*` at the beginning, at the end, or both; it must leave something to match. */
const pattern = text().regex(/^(?=.*[^*])\*?[^*]*\*?$/s, {
  error: "a text whose only wildcard is one * at the beginning, at the end, or both, with something beside it",
});

/** Every address of the world is no exception but a switched-off alert. */
const wide = /\/0$/;
const address = z
  .union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])
  .refine((range) => !wide.test(range), { message: "a range smaller than all addresses" });

/**
 * A named exception: a finding that matches every field given is not raised. At least one field to match is needed,
 * so that a typing error cannot silence a whole alert.
 */
export const exceptionSchema = z
  .strictObject({
    reason: text(512).optional().describe("Why this is legitimate; for the next operator"),
    expires: z.iso
      .datetime({ offset: true })
      .optional()
      .describe("End of the exception, ISO 8601 with a zone; without it the exception stays"),
    user: pattern.optional().describe("Account name, or `uid:1000`"),
    process: pattern.optional().describe("Path of the executable"),
    commandLine: pattern.optional().describe("Whole command line, arguments joined by one space"),
    ancestor: pattern.optional().describe("Path of the executable of any ancestor of the process"),
    image: pattern.optional().describe("Container image as named, with or without its tag"),
    digest: pattern.optional().describe("Image id or repository digest, `sha256:...`"),
    module: pattern.optional().describe("IoT Edge module name"),
    file: pattern.optional().describe("Path of the file"),
    address: address.optional().describe("Remote address or CIDR range, IPv4 or IPv6"),
  })
  .refine((e) => Object.keys(e).some((k) => k !== "reason" && k !== "expires"), {
    message:
      "at least one field to match on (user, process, commandLine, ancestor, image, digest, module, file, address)",
  });

export type Exception = z.output<typeof exceptionSchema>;

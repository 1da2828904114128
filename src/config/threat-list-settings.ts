import { z } from "zod";
import { parsedUrl } from "../operators/parsed-url.ts";
import { isThreatEntry } from "../parsers/threats/threat-list.ts";

const inlineEntry = z
  .string()
  .min(1)
  .max(512)
  .refine(isThreatEntry, { message: "an address, a CIDR range, a domain, a URL or an image name" });

/** Where one threat list comes from and how it is read. Exactly one of `entries`, `file`, `url`. */
export const threatListSettings = z
  .strictObject({
    entries: z
      .record(z.string(), inlineEntry)
      .optional()
      .describe("Inline entries, as the values of a map (a patch replaces arrays as a whole)"),
    file: z
      .string()
      .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/, { error: "a file name without a folder" })
      .optional()
      .describe("Name of a file in the mounted folder for lists; read again when it changes"),
    url: z
      .url({ protocol: /^https$/, error: "an https URL" })
      .max(2048)
      .refine((text) => parsedUrl(text)?.username === "", {
        message: "a URL without user and password",
      })
      .optional()
      .describe("https address; asked for with the last ETag, certificates are verified"),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, { error: "64 lower-case hex digits" })
      .optional()
      .describe("Pin: a content with another SHA-256 is refused"),
    intervalMinutes: z.number().int().min(5).max(10_080).default(360).describe("Minutes between two downloads"),
    maxMegabytes: z.number().min(0.01).max(64).default(16).describe("Largest accepted size (10^6 bytes)"),
    format: z
      .enum(["plain", "hosts", "csv"])
      .default("plain")
      .describe("`plain`: one entry a line; `hosts`: an address, then names; `csv`: one column of each line"),
    column: z.number().int().min(1).max(64).default(1).describe("Column of the entry in csv, from 1"),
  })
  .refine((l) => [l.entries, l.file, l.url].filter((x) => x !== undefined).length === 1, {
    message: "exactly one of entries, file, url",
  });

export type ThreatListSettings = z.output<typeof threatListSettings>;

/** Settings that several means of one alert have in common: one section of the twin, one meaning and one default. */
import { z } from "zod";

export const restoreSeconds = z
  .number()
  .int()
  .min(0)
  .max(3600)
  .default(60)
  .describe("A flushed or stopped firewall that is up again within this many seconds raises no alert.");

export const reloadSeconds = z
  .number()
  .int()
  .min(0)
  .max(600)
  .default(10)
  .describe("Deleted audit rules that are loaded again within this many seconds raise no alert.");

export const expectedAccounts = z.array(z.string()).default([]).describe("Accounts that may be made by hand, by name.");

export const allowedDirectories = z
  .array(z.string().min(1))
  .default([])
  .describe("Directories below which `.htaccess` may be changed, e.g. a deployment's.");

export const allowedDestinations = z
  .array(z.string().min(1))
  .default([])
  .describe("Hosts, buckets or URL beginnings to which this device may upload, e.g. `s3://fleet-logs/`.");

export const overwritablePaths = z
  .array(z.string().min(1))
  .default([])
  .describe("Files that may be overwritten, by absolute path.");

export const removablePaths = z
  .array(z.string().min(1))
  .default([])
  .describe("Log files that may be removed, by absolute path.");

export const blankEndedPaths = z.array(z.string()).default([]).describe("Absolute paths that may end in a blank.");

export const secretReaders = z
  .array(z.string())
  .default([])
  .describe("Absolute paths of programs that may read secrets.");

export const ignoredGroups = z
  .array(z.string())
  .default([])
  .describe("Groups whose members may change without an alert.");

/**
 * Names of container images, `[registry[:port]/]path[:tag][@digest]` (distribution/reference, grammar in
 * reference.go of github.com/distribution/reference). The first component is a registry when it holds a dot or a colon
 * or is `localhost`; no registry means docker.io, no namespace there means `library`.
 */

export interface ImageReference {
  /** Lower case, "" when none was written. */
  readonly registry: string;
  /** Components of the path, lower case: `["kannix", "monero-miner"]`. */
  readonly path: readonly string[];
  readonly tag: string;
  /** `sha256:...` or "". */
  readonly digest: string;
}

const maxLength = 512;

/** Undefined for an id (`sha256:...`, 64 hex) and for text that can be no name. Never throws. */
export function imageReference(text: string): ImageReference | undefined {
  let name = text
    .slice(0, maxLength)
    .toLowerCase()
    .replace(/^docker(?:-daemon|-image)?:\/\//, "");
  const at = name.indexOf("@");
  const digest = at < 0 ? "" : name.slice(at + 1);
  if (at >= 0) name = name.slice(0, at);
  if (name === "" || name.startsWith("sha256:") || /^[0-9a-f]{64}$/.test(name) || !/^[\w.\-:/]+$/.test(name)) {
    return undefined;
  }
  const parts = name.split("/");
  const last = parts.pop() as string;
  const colon = last.indexOf(":");
  const tag = colon < 0 ? "" : last.slice(colon + 1);
  parts.push(colon < 0 ? last : last.slice(0, colon));
  const first = parts[0] as string;
  const hasRegistry = parts.length > 1 && (/[.:]/.test(first) || first === "localhost");
  const path = (hasRegistry ? parts.slice(1) : parts).filter((part) => part !== "");
  return path.length === 0 ? undefined : { registry: hasRegistry ? first : "", path, tag, digest };
}

/** What an operator may allow; a name is a claim that anyone can tag, an id or digest is not. */
export interface Allowance {
  readonly allowedImages: readonly string[];
  readonly allowedImageIds: readonly string[];
}

/** What is known of the image in question. */
export interface ImageFacts {
  readonly image?: string;
  readonly imageId?: string;
  readonly repoDigests?: readonly string[];
}

/**
 * `allowedImageIds` holds image ids and repository digests (`sha256:...`). `allowedImages` holds names: with a tag only
 * that tag is meant, without one all; one that ends in `*` is a prefix.
 */
export function isAllowed(facts: ImageFacts, { allowedImages, allowedImageIds }: Allowance): boolean {
  const ids = [facts.imageId, ...(facts.repoDigests ?? []), facts.image].flatMap((text) => {
    const at = text?.lastIndexOf("sha256:") ?? -1;
    return at < 0 ? [] : [(text as string).slice(at)];
  });
  if (ids.some((id) => allowedImageIds.some((allowed) => allowed === id || allowed.endsWith(`@${id}`)))) return true;
  const reference = facts.image === undefined ? undefined : imageReference(facts.image);
  return reference !== undefined && allowedImages.some((pattern) => nameMatches(reference, pattern));
}

function nameMatches(reference: ImageReference, pattern: string): boolean {
  if (pattern.endsWith("*")) {
    const prefix = pattern.slice(0, -1).toLowerCase();
    return prefix !== "" && [fullName(reference), shortName(reference)].some((name) => name.startsWith(prefix));
  }
  const allowed = imageReference(pattern);
  if (!allowed || fullName(allowed) !== fullName(reference)) return false;
  if (allowed.digest !== "") return allowed.digest === reference.digest;
  return allowed.tag === "" || allowed.tag === (reference.tag || "latest");
}

/** With the registry, as Docker completes it: `docker.io/library/nginx`. */
function fullName({ registry, path }: ImageReference): string {
  const hub = registry === "" || registry === "index.docker.io" || registry === "registry-1.docker.io";
  const host = hub ? "docker.io" : registry;
  return `${host}/${(host === "docker.io" && path.length === 1 ? ["library", ...path] : path).join("/")}`;
}

/** As people write it. */
function shortName({ registry, path }: ImageReference): string {
  return [...(registry === "" ? [] : [registry]), ...path].join("/");
}

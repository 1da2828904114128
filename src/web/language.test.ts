import { describe, expect, test } from "vitest";
import { languageFor } from "./language.ts";

describe("the language of a page", () => {
  test.each([
    ["ja", "en", "ja"],
    ["en", "ja", "en"],
    [null, "ja", "ja"],
    [null, "ja-JP,ja;q=0.9,en;q=0.8", "ja"],
    [null, "en-US,en;q=0.9,ja;q=0.8", "en"],
    [null, "fr, ja;q=0.3, en;q=0.2", "ja"],
    [null, "en;q=0.2, ja;q=0.3", "ja"],
    [null, "ja;q=0, en;q=0.1", "en"],
    [null, "JA", "ja"],
    [null, undefined, "en"],
    [null, "fr", "en"],
    [null, ";;q=,,,", "en"],
    ["de", "ja", "ja"],
    ["<script>", undefined, "en"],
    [null, `${"x,".repeat(500_000)}ja`, "en"],
  ] as const)("asked %s, accepted %s: %s", (asked, accepted, language) =>
    expect(languageFor(asked, accepted, "en")).toBe(language),
  );

  test("what the twin says counts where nobody asks", () => expect(languageFor(null, undefined, "ja")).toBe("ja"));
});

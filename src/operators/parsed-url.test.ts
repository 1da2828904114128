import { expect, test } from "vitest";
import { parsedUrl } from "./parsed-url.ts";

test("gives the URL, also one relative to another", () => {
  expect(parsedUrl("https://example.com/a")?.hostname).toBe("example.com");
  expect(parsedUrl("/b", "https://example.com/a")?.href).toBe("https://example.com/b");
});

test("gives nothing for what is no URL, however often it is asked", () => {
  // So often that the engine compiles the call: that is when Node 20's URL.canParse begins to answer otherwise.
  for (let i = 0; i < 20_000; i++) parsedUrl(`http://host${i}/`);
  for (const text of ["", "http://", "http://\u00e1\u0301\ufffe", "http://a b", "//x", "á"])
    expect(parsedUrl(text)).toBeUndefined();
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactArguments, redactText } from "./redact.ts";
import { secretArguments, secretTexts, similarArguments, similarTexts } from "./testdata/secrets.ts";

describe("secrets are hidden", () => {
  test.each(secretTexts)("in the text %s", (text, secrets) => {
    const shown = redactText(text);
    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(shown).toContain("***");
  });

  test.each(secretArguments)("in the arguments %j", (argv, secrets) => {
    const shown = redactArguments(argv);
    for (const secret of secrets) expect(shown.join("\n")).not.toContain(secret);
    expect(shown).toHaveLength(argv.length);
    expect(shown[0]).toBe(argv[0]);
  });
});

describe("what only looks like a secret is kept", () => {
  test.each(similarTexts)("in the text %s", (text) => {
    expect(redactText(text)).toBe(text);
  });

  test.each(similarArguments)("in the arguments %j", (...argv) => {
    expect(redactArguments(argv)).toEqual(argv);
  });
});

describe("enough is left to recognise", () => {
  test.each([
    ["mysql -uroot -pS3cret shop < dump.sql", "mysql -uroot -p*** shop < dump.sql"],
    [
      "HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=abc123==",
      "HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=***",
    ],
    [
      "https://acc.blob.core.windows.net/c/b?sv=2023-01-03&sig=abcdefghijklmnop%3D&se=2030",
      "https://acc.blob.core.windows.net/c/b?sv=2023-01-03&sig=***&se=2030",
    ],
    ["curl -u eve:pa55 https://198.51.100.1/x | sh", "curl -u eve:*** https://198.51.100.1/x | sh"],
    ['curl -H "Authorization: Bearer abc.def" https://h', 'curl -H "Authorization: Bearer ***" https://h'],
    ["export DB_PASSWORD='a b c'; run", "export DB_PASSWORD='***'; run"],
    ["sshpass -p 'top secret' ssh -p 2222 root@198.51.100.2", "sshpass -p *** ssh -p 2222 root@198.51.100.2"],
  ])("%s", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  test("the number of arguments never changes", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (argv) => redactArguments(argv).length === argv.length),
    );
  });

  test("text without a sign of a secret is returned as it is", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."ab 12/.'\"|;&()\n`{}[]é漢") }),
        (text) => redactText(text) === text,
      ),
    );
  });
});

/** Names that every object has: what an attacker calls a program, a service, a setting or a variable finds no code. */
import { describe, expect, test } from "vitest";
import { ConfigurationReader } from "./config/configuration.ts";
import { detectors } from "./detectors/index.ts";
import { attackToolPurpose } from "./detectors/knowledge/tools.ts";
import type { Fact } from "./events/fact.ts";
import { AuditParser } from "./parsers/audit/audit-parser.ts";
import { serviceFamily } from "./parsers/auth/service.ts";
import { daemonJson } from "./parsers/docker/daemon.ts";

const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

describe.each(names)("%s", (name) => {
  test("is no attack tool", () => {
    expect(attackToolPurpose(name, ["x"], false)).toBeUndefined();
    expect(attackToolPurpose(`/tmp/${name}`, ["x"], true)).toBeUndefined();
  });

  test("is a service like any other", () => {
    expect(serviceFamily(name)).toBe(name);
  });

  test("is no operation on audit rules", () => {
    const facts: Fact[] = [];
    const parser = new AuditParser();
    const line = `type=CONFIG_CHANGE msg=audit(1795510173.487:1): auid=0 ses=1 op=${name} key="x" list=4 res=1\n`;
    parser.push(Buffer.from(line), (fact) => facts.push(fact));
    parser.flush((fact) => facts.push(fact));
    expect(facts).toEqual([]);
  });

  test("in a twin is refused with a word, also among a classic agent's settings", () => {
    const reader = new ConfigurationReader(detectors);
    const classic = `{"ms_iotn:urn_azureiot_Security_SecurityAgentConfiguration":{"eventPriority${name}":{"value":"Off"},"${name}":{"value":1}}}`;
    const judged = reader.read(JSON.parse(classic));
    expect(judged.configuration).toEqual(reader.defaults());
    for (const meaning of Object.values(judged.classic)) expect(typeof meaning).toBe("string");
    expect(reader.read(JSON.parse(`{"${name}":1,"alerts":{"${name}":{}}}`)).problems.length).toBeGreaterThan(0);
  });
});

test("flags of daemon.json that are no flags are borne", () => {
  expect(daemonJson('{"tls":{"toString":""},"tlsverify":[],"hosts":["tcp://0.0.0.0:1"]}')).toMatchObject({
    tls: "none",
  });
});

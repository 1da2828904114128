import { BehaviorSubject, NEVER } from "rxjs";
import { expect, test } from "vitest";
import type { Fact, SourceName, SourceReported } from "../events/fact.ts";
import type { Stream } from "../ports.ts";
import { whileAbsent } from "./while-absent.ts";

function setUp() {
  const opened: unknown[] = [];
  const facts: Fact[] = [];
  const sources = new BehaviorSubject<ReadonlyMap<SourceName, SourceReported>>(new Map());
  const fallback: Stream = {
    source: "processes",
    open: (position) => {
      opened.push(position);
      return NEVER;
    },
  };
  const subscription = whileAbsent(fallback, ["audit-log", "audit-netlink"], sources)
    .open()
    .subscribe((fact) => facts.push(fact));
  const say = (source: SourceName, state: SourceReported["state"]) =>
    sources.next(
      new Map(sources.value).set(source, {
        kind: "source.reported",
        at: 0,
        source,
        state,
        reason: "",
      } as SourceReported),
    );
  return { opened, facts, say, subscription };
}

test("runs from the start, without a handover, while nothing better is live", () => {
  const { opened, facts } = setUp();
  expect(opened).toEqual([undefined]);
  expect(facts).toEqual([]);
});

test("rests and says so while a better source is live, also when one better source relieves the other", () => {
  const { opened, facts, say } = setUp();
  say("audit-netlink", "live");
  say("audit-log", "live");
  say("audit-netlink", "absent");
  expect(opened).toHaveLength(1);
  expect(facts.map((fact) => "reason" in fact && fact.reason)).toEqual([
    "resting: audit-netlink tells more",
    "resting: audit-log tells more",
  ]);
});

test("takes over from a little before the better source said that it ended", () => {
  const { opened, say } = setUp();
  say("audit-log", "live");
  const before = Date.now();
  say("audit-log", "absent");
  expect(opened).toHaveLength(2);
  const { since } = opened[1] as { since: number };
  expect(since).toBeLessThan(before);
  expect(since).toBeGreaterThan(before - 60_000);
});

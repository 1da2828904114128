import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedMap } from "./bounded.ts";
import { Generations } from "./generations.ts";

/** The plain way: a Map whose order of insertion is the order of use. */
class Model {
  readonly map = new Map<number, number>();
  readonly evicted: number[] = [];
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get(key: number): number | undefined {
    const value = this.map.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: number, value: number): void {
    this.map.delete(key);
    this.map.set(key, value);
    const oldest = this.map.keys().next().value as number;
    if (this.map.size <= this.limit) return;
    this.map.delete(oldest);
    this.evicted.push(oldest);
  }
}

const step = fc.record({
  deed: fc.constantFrom("get", "set", "delete", "peek", "has"),
  key: fc.nat(8),
  value: fc.nat(99),
});

test("a bounded map keeps, orders and gives up what a map in order of use would", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
      const model = new Model(limit);
      const evicted: number[] = [];
      const map = new BoundedMap<number, number>(limit, (key) => evicted.push(key));
      for (const { deed, key, value } of steps) {
        if (deed === "get") expect(map.get(key)).toBe(model.get(key));
        else if (deed === "peek") expect(map.peek(key)).toBe(model.map.get(key));
        else if (deed === "has") expect(map.has(key)).toBe(model.map.has(key));
        else if (deed === "delete") expect(map.delete(key)).toBe(model.map.delete(key));
        else {
          map.set(key, value);
          model.set(key, value);
        }
        expect([...map.entries()]).toEqual([...model.map.entries()]);
        expect([...map.values()]).toEqual([...model.map.values()]);
        expect(map.size).toBe(model.map.size);
      }
      expect(evicted).toEqual(model.evicted);
    }),
  );
});

test("generations forget what was not used while a generation filled, and keep what was", () => {
  const cache = new Generations<number>(3, 1000);
  cache.set("used", 1);
  cache.set("unused", 2);
  for (const key of ["a", "b", "c", "d", "e"]) {
    cache.set(key, 0);
    expect(cache.get("used")).toBe(1);
  }
  expect(cache.get("unused")).toBeUndefined();
});

test("generations hold no more characters than twice their bound, however long the keys are", () => {
  const cache = new Generations<number>(1000, 100);
  const keys = Array.from({ length: 50 }, (_, i) => String(i).padStart(40, "x"));
  for (const key of keys) cache.set(key, 1);
  expect(keys.filter((key) => cache.get(key) !== undefined).length).toBeLessThanOrEqual(5);
  cache.clear();
  expect(cache.get(keys.at(-1) ?? "")).toBeUndefined();
});

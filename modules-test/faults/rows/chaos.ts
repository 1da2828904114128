/** Ten faults at once, each coming and going by itself at random moments. */
import { setTimeout as sleep } from "node:timers/promises";
import { fakeClock } from "../patient.ts";
import type { Row, Scene } from "../row.ts";
import { fill, free, smallDisk } from "./disk.ts";

interface Trouble {
  readonly name: string;
  begin(scene: Scene): void | Promise<void>;
  /** Heals what `begin` broke; may be called at any time. */
  end?(scene: Scene): void | Promise<void>;
  /** Longest time between begin and end, ms. */
  readonly most: number;
}

const disks = new WeakMap<object, string>();

const troubles: readonly Trouble[] = [
  {
    name: "edgeHub away",
    most: 20_000,
    begin: ({ rig, chance }) => rig.stop(chance.next() < 0.6),
    end: async ({ rig, chance }) => {
      await rig.start();
      if (chance.next() < 0.3) await rig.rotateAuthority(chance.next() < 0.5);
    },
  },
  {
    name: "no acknowledgement",
    most: 5_000,
    begin: ({ rig }) => void Object.assign(rig.faults, { dropAck: Number.POSITIVE_INFINITY }),
    end: ({ rig }) => {
      rig.faults.dropAck = 0;
      rig.kick();
    },
  },
  {
    name: "closed after each publish",
    most: 10_000,
    begin: ({ rig }) => void Object.assign(rig.faults, { closeAfterPublish: Number.POSITIVE_INFINITY }),
    end: ({ rig }) => void Object.assign(rig.faults, { closeAfterPublish: 0 }),
  },
  {
    name: "slow acknowledgement",
    most: 15_000,
    begin: ({ rig, chance }) => void Object.assign(rig.faults, { ackDelay: chance.between(10, 3_000) }),
    end: ({ rig }) => void Object.assign(rig.faults, { ackDelay: 0 }),
  },
  {
    name: "login refused",
    most: 10_000,
    begin: ({ rig }) => {
      rig.faults.rejectAuth = true;
      rig.kick();
    },
    end: ({ rig }) => void Object.assign(rig.faults, { rejectAuth: false }),
  },
  { name: "edgeHub frozen", most: 15_000, begin: ({ rig }) => rig.freeze(), end: ({ rig }) => rig.thaw() },
  { name: "connections reset", most: 500, begin: ({ rig }) => rig.kick() },
  {
    name: "workload API fails",
    most: 15_000,
    begin: ({ rig, chance }) =>
      rig.workload.setMode((["refusing", "hanging", "stopped"] as const)[chance.between(0, 2)] ?? "stopped"),
    end: ({ rig }) => rig.workload.setMode("serving"),
  },
  {
    name: "upstream off",
    most: 20_000,
    begin: ({ rig }) => rig.upstreamOff(),
    end: ({ rig }) => rig.upstreamOn(),
  },
  {
    name: "module killed",
    most: 3_000,
    begin: ({ module }) => module.kill(),
    end: async ({ module }) => {
      if (!module.running) await module.start();
    },
  },
  { name: "audit log rotated", most: 4_000, begin: ({ host }) => host.rotate("audit") },
  { name: "auth log copied and truncated", most: 6_000, begin: ({ host }) => host.copyAndTruncate("auth") },
  {
    name: "file system full",
    most: 15_000,
    begin: (scene) => fill(disks.get(scene.ledger) as string),
    end: (scene) => free(disks.get(scene.ledger) as string),
  },
  {
    name: "clock set",
    most: 20_000,
    begin: ({ module, host, chance }) => {
      const offset = chance.between(-7_200_000, 7_200_000);
      module.setClock(offset);
      host.clock = offset;
    },
    end: ({ module, host }) => {
      module.setClock(0);
      host.clock = 0;
    },
  },
];

/** One trouble, for ever: a rest, the fault, its end. What it throws is the row's failure. */
async function haunt(scene: Scene, trouble: Trouble, until: number): Promise<number> {
  let times = 0;
  for (;;) {
    await sleep(scene.chance.between(500, 15_000));
    if (performance.now() > until) return times;
    await trouble.begin(scene);
    times++;
    await sleep(Math.min(scene.chance.between(200, trouble.most), Math.max(0, until - performance.now())));
    await trouble.end?.(scene);
  }
}

export const chaosRows: readonly Row[] = [
  {
    name: "10 faults at once, at random",
    needs: ["root", "faketime"],
    patience: 240,
    async patient(stage) {
      const disk = await smallDisk(stage);
      disks.set(stage.ledger, disk);
      return { dataDirectory: `${disk}/data`, ...(fakeClock() && { clock: {} }) };
    },
    async inflict(scene) {
      const until = performance.now() + scene.minutes * 60_000;
      const chosen = scene.chance.pick(troubles, 10);
      const times = await Promise.all(
        chosen.map((trouble) => haunt({ ...scene, chance: scene.chance.fork() }, trouble, until)),
      );
      scene.note(`${scene.minutes} min: ${chosen.map(({ name }, i) => `${name} ${times[i]}x`).join(", ")}`);
    },
  },
];

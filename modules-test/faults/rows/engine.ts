/** dockerd goes and comes. A real engine where it is about the engine, one of paper for its upgrade and for churn. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { busyboxImage, type DockerEngine, startDockerEngine } from "../../rig/host/docker-engine.ts";
import { removeContainer, removeTag, startContainer, tagImage } from "../../rig/host/engine-api.ts";
import { FakeEngine } from "../fake-engine.ts";
import type { Row, Scene } from "../row.ts";

type Stage = Omit<Scene, "module">;

/** The engine of each running scene. */
const engines = new WeakMap<Stage["ledger"], DockerEngine>();
const papers = new WeakMap<Stage["ledger"], FakeEngine>();

async function realEngine(stage: Stage) {
  const engine = await startDockerEngine();
  stage.cleanUp(() => engine.stop());
  engines.set(stage.ledger, engine);
  return { dockerHost: engine.host };
}

async function paperEngine(stage: Stage) {
  const directory = mkdtempSync(join(tmpdir(), "paper-engine-"));
  const engine = new FakeEngine(join(directory, "docker.sock"));
  await engine.start();
  papers.set(stage.ledger, engine);
  stage.cleanUp(async () => {
    await engine.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return { dockerHost: `unix://${join(directory, "docker.sock")}` };
}

/** A privileged container of an image with a name of its own, so that each is one alert. Undone while dockerd is down. */
async function runPrivileged(scene: Scene): Promise<void> {
  const engine = engines.get(scene.ledger) as DockerEngine;
  const name = scene.ledger.name("box");
  try {
    await tagImage(engine.socket, busyboxImage, name);
    await startContainer(engine.socket, { name, image: name, command: ["sleep", "60"], privileged: true });
  } catch {
    scene.ledger.undo(name);
    return;
  }
  // The next ones would be slower with each that is left.
  setTimeout(() => {
    removeContainer(engine.socket, name)
      .then(() => removeTag(engine.socket, name))
      .catch(() => undefined);
  }, 20_000).unref();
}

const real = {
  needs: ["root", "docker"],
  alone: "host",
  patient: realEngine,
  awaited: ["docker-events"],
  deed: runPrivileged,
  rate: 1,
} as const satisfies Partial<Row>;

export const engineRows: readonly Row[] = [
  {
    ...real,
    name: "dockerd stopped and restarted",
    quick: true,
    async inflict({ ledger, seconds, quick }) {
      const engine = engines.get(ledger) as DockerEngine;
      for (let n = 0; n < (quick ? 1 : 4); n++) {
        await seconds(4, 2);
        await engine.down();
        await seconds(20, 2);
        await engine.up();
      }
      await seconds(5, 2);
    },
  },
  {
    ...real,
    name: "Docker socket absent at start",
    async inflict({ ledger, module, seconds }) {
      const engine = engines.get(ledger) as DockerEngine;
      await engine.down();
      await module.restart();
      await seconds(12);
      await engine.up();
      await seconds(8);
    },
  },
  {
    ...real,
    name: "module killed while containers start",
    async inflict({ module, chance }) {
      for (let n = 0; n < 15; n++) {
        await sleep(chance.between(200, 4_000));
        await module.kill();
        await sleep(chance.between(0, 2_000));
        await module.start();
      }
    },
  },
  {
    name: "Docker API upgraded",
    quick: true,
    patient: paperEngine,
    awaited: ["docker-events"],
    deed: ({ ledger }) => papers.get(ledger)?.run(ledger.name("box"), 30_000),
    async inflict({ ledger, seconds, demand }) {
      const engine = papers.get(ledger) as FakeEngine;
      for (const modern of [true, false, true]) {
        await engine.stop();
        engine.modern = modern;
        await seconds(5, 0.7);
        await engine.start();
        await seconds(5, 0.7);
      }
      demand(engine.strange.length === 0, `only GET was to be asked: ${engine.strange.slice(0, 5)}`);
    },
  },
];

/** For the rows of floods: the same engine. */
export const paper = { patient: paperEngine, of: ({ ledger }: Scene) => papers.get(ledger) as FakeEngine };

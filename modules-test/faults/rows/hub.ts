/** edgeHub fails. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "../row.ts";

export const hubRows: readonly Row[] = [
  {
    name: "edgeHub down 1 minute",
    quick: true,
    async inflict({ rig, seconds }) {
      await rig.stop();
      await seconds(60, 5);
      await rig.start();
    },
  },
  {
    name: "edgeHub restarts every 3 s",
    quick: true,
    async inflict({ rig, quick, chance }) {
      for (let n = 0; n < (quick ? 2 : 20); n++) {
        await rig.restart({ keepSessions: chance.next() < 0.5, downFor: chance.between(0, 1_000) });
        await sleep(3_000);
      }
    },
  },
  {
    name: "edgeHub acknowledges nothing",
    quick: true,
    async inflict({ rig, seconds }) {
      rig.faults.dropAck = Number.POSITIVE_INFINITY;
      await seconds(100, 4);
      rig.faults.dropAck = 0;
      // What was sent without an answer waits for the watchdog, unless the connection ends first.
      rig.kick();
    },
  },
  {
    name: "edgeHub acknowledges nothing, connection stays",
    async inflict({ rig, seconds }) {
      rig.faults.dropAck = Number.POSITIVE_INFINITY;
      await seconds(45);
      rig.faults.dropAck = 0;
    },
  },
  {
    name: "edgeHub closes after each publish",
    quick: true,
    async inflict({ rig, seconds }) {
      rig.faults.closeAfterPublish = Number.POSITIVE_INFINITY;
      await seconds(60, 5);
      rig.faults.closeAfterPublish = 0;
    },
  },
  {
    name: "edgeHub lost its session",
    quick: true,
    async inflict({ rig, quick }) {
      for (let n = 0; n < (quick ? 1 : 5); n++) {
        await rig.restart({ keepSessions: false, downFor: 500 });
        await sleep(4_000);
      }
    },
  },
  {
    name: "edgeHub frozen",
    async inflict({ rig, seconds }) {
      rig.freeze();
      await seconds(75);
      rig.thaw();
    },
  },
  {
    name: "edgeHub refuses the login",
    quick: true,
    async inflict({ rig, seconds }) {
      rig.faults.rejectAuth = true;
      rig.kick();
      await seconds(30, 4);
      rig.faults.rejectAuth = false;
    },
  },
  {
    name: "CA changed",
    quick: true,
    async inflict({ rig, quick }) {
      await rig.rotateAuthority(true);
      await sleep(quick ? 3_000 : 10_000);
      await rig.rotateAuthority(false);
      await sleep(quick ? 1_000 : 10_000);
    },
  },
  {
    name: "$upstream off",
    quick: true,
    async inflict({ rig, seconds }) {
      rig.upstreamOff();
      await seconds(60, 3);
      rig.upstreamOn();
    },
  },
];

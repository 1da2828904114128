/** The workload API fails: no token, no roots. */
import { eventually } from "../../rig/host/child.ts";
import type { Row } from "../row.ts";

export const workloadRows: readonly Row[] = [
  {
    name: "workload socket absent",
    quick: true,
    async inflict({ rig, seconds }) {
      await rig.workload.setMode("stopped");
      await rig.restart();
      await seconds(30, 4);
      await rig.workload.setMode("serving");
    },
  },
  {
    name: "workload socket absent at start",
    quick: true,
    async inflict({ rig, module, seconds }) {
      await rig.workload.setMode("stopped");
      await module.kill();
      await module.start();
      await seconds(30, 3);
      await rig.workload.setMode("serving");
    },
  },
  {
    name: "workload API refuses",
    quick: true,
    async inflict({ rig, seconds }) {
      await rig.workload.setMode("refusing");
      rig.kick();
      await seconds(30, 4);
      await rig.workload.setMode("serving");
    },
  },
  {
    name: "workload API hangs",
    async inflict({ rig, seconds }) {
      await rig.workload.setMode("hanging");
      rig.kick();
      await seconds(30);
      await rig.workload.setMode("serving");
    },
  },
  {
    /** All time of the module passes 30 times as fast, so that its hour-old token is due for renewal in 90 s. */
    name: "token renewal failing",
    needs: ["faketime"],
    patient: () => ({ clock: { rate: 30 } }),
    anyEnd: true,
    async inflict({ rig, module, seconds, demand }) {
      await rig.workload.setMode("refusing");
      await eventually("a renewal fails", () => module.output.includes("token not renewed"), 180_000);
      await seconds(10);
      // edgeHub drops whose token has run out, and there is no other yet.
      rig.kick();
      await seconds(10);
      const signed = rig.workload.signed;
      await rig.workload.setMode("serving");
      await eventually("a new token is signed", () => rig.workload.signed > signed, 60_000);
      demand(module.running, "the module survives a failed renewal");
    },
  },
];

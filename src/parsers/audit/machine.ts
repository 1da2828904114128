/** SERVICE_START/STOP (systemd) and SYSTEM_BOOT/SHUTDOWN/RUNLEVEL (systemd-update-utmp). */
import type { HostPower, ServiceChanged } from "../../events/fact.ts";
import type { Piece } from "./record.ts";
import { UserMessage } from "./user-message.ts";

export function serviceFact(at: number, type: string, piece: Piece): ServiceChanged | undefined {
  const message = new UserMessage(piece);
  const unit = message.plain("unit")?.slice(0, 256);
  if (unit === undefined) return undefined;
  const kind = type === "SERVICE_START" ? "service.started" : "service.stopped";
  return { kind, at, unit: unit.replace(/\.service$/, ""), succeeded: message.succeeded };
}

/** Runlevels 0 and 6 are halt and reboot; the others are no change of power. */
export function powerFact(at: number, type: string, piece: Piece): HostPower | undefined {
  if (type === "SYSTEM_BOOT") return { kind: "host.booted", at };
  if (type === "SYSTEM_SHUTDOWN") return { kind: "host.shutdown", at };
  const level = new UserMessage(piece).plain("new-level");
  return level === "0" || level === "6" ? { kind: "host.shutdown", at } : undefined;
}

/** What a check of `holler doctor` came to, for people and for programs. Pure. */

import { paint, type Style } from "../../frontends/text/style.ts";
import { cleanLine, safeJson } from "../../protocol/text.ts";

/** In the order in which they are made. */
export type CheckName =
  | "network"
  | "multicast"
  | "rooms"
  | "connection"
  | "identity"
  | "ping"
  | "sound"
  | "microphone"
  | "speaker"
  | "delay";

export interface Finding {
  check: CheckName;
  ok: boolean;
  /** What was found and, unless all is well, what to do. */
  message: string;
  /** The same for programs; the unit is in each name. */
  figures?: Record<string, unknown>;
}

/** `✓ Network: eth0 192.168.1.20`, the sign as the style has it. */
export function findingLine({ ok, message }: Finding, style: Style): string {
  const sign = ok ? style.signs.passed : style.signs.failed;
  // Rooms and devices bear names that other people gave them.
  return `${paint([{ text: sign, tone: ok ? "text" : "error" }], style)} ${cleanLine(message)}`;
}

/** `{"check":"network","ok":true,"message":"…"}` and the figures. */
export function findingJson({ check, ok, message, figures = {} }: Finding): string {
  return safeJson({ check, ok, message: cleanLine(message), ...figures });
}

/** To a tenth, as far as anybody can tell the difference. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}

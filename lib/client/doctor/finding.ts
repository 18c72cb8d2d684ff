/** The result of a check of `holler doctor`, for people and for programs. Pure. */

import { paint, type Style } from "../../frontends/text/style.ts";
import { cleanLine, safeJson } from "../../protocol/text.ts";

/** In the order in which the checks run. */
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
  /** What was found and, if something is wrong, what to do. */
  message: string;
  /** The same as numbers for programs, with the unit in each name. */
  figures?: Record<string, unknown>;
}

/** `✓ Network: eth0 192.168.1.20`, with the sign of the style. */
export function findingLine({ ok, message }: Finding, style: Style): string {
  const sign = ok ? style.signs.passed : style.signs.failed;
  // The message contains names of rooms and devices, which other people have chosen.
  return `${paint([{ text: sign, tone: ok ? "text" : "error" }], style)} ${cleanLine(message)}`;
}

/** `{"check":"network","ok":true,"message":"…"}` and the figures. */
export function findingJson({ check, ok, message, figures = {} }: Finding): string {
  return safeJson({ check, ok, message: cleanLine(message), ...figures });
}

/** Rounded to a tenth of a millisecond; smaller differences do not matter. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** The result of a check of `holler doctor`, for people and for programs. Pure. */

import { paint, type Span, type Style } from "../../frontends/text/style.ts";
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

/** Made by `passed` or `failed` only, so that the sign in front of a message agrees with it. */
export interface Finding {
  check: CheckName;
  ok: boolean;
  /** What works; or, in sentences, what is wrong and what to do. */
  message: string;
  /** In sentences, what is not as good as it could be although the check passed. */
  note?: string;
  /** The same as numbers for programs, with the unit in each name. */
  figures?: Record<string, unknown>;
}

type Details = Pick<Finding, "note" | "figures">;

/** Something works. `fact` has no full stop and complains of nothing: what is not quite right is a `note`. */
export function passed(check: CheckName, fact: string, details: Details = {}): Finding {
  return { check, ok: true, message: fact, ...details };
}

/** Something is wrong. `problem` says what, and what to do. */
export function failed(check: CheckName, problem: string, details: Details = {}): Finding {
  return { check, ok: false, message: problem, ...details };
}

/** `✓ Network: eth0 192.168.1.20`, with the sign of the style; a note is a second line. */
export function findingLine({ ok, message, note }: Finding, style: Style): string {
  const { passed, failed, notice } = style.signs;
  // The message contains names of rooms and devices, which other people have chosen.
  const line = (sign: string, tone: Span["tone"], text: string): string =>
    `${paint([{ text: sign, tone }], style)} ${cleanLine(text)}`;
  const first = ok ? line(passed, "text", message) : line(failed, "error", message);
  return note === undefined ? first : `${first}\n${line(notice, "warning", note)}`;
}

/** `{"check":"network","ok":true,"message":"…"}`, the note and the figures. */
export function findingJson({ check, ok, message, note, figures = {} }: Finding): string {
  const notes = note === undefined ? {} : { note: cleanLine(note) };
  return safeJson({ check, ok, message: cleanLine(message), ...notes, ...figures });
}

/** Rounded to a tenth of a millisecond; smaller differences do not matter. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}

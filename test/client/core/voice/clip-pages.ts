/** What a server and a chat say to each other about clip 7, for the tests of clips. */
import type { ChatEffect } from "../../../../lib/client/core/chat-io.ts";
import type { ServerMessageOf } from "../../../../lib/protocol/messages.ts";
import { at, shown } from "../scene.ts";

export const info = { clip: 7, from: "bob", at, seconds: 0.06 };

export type Page = ServerMessageOf<"clip">;

/** A page of clip 7 with packets of one byte each. */
export function page(ref: string, fields: Partial<Page> & { bytes?: number[] } = {}): Page {
  const { bytes = [1, 2, 3], ...rest } = fields;
  const packets = bytes.map((byte) => Uint8Array.of(byte).toBase64());
  return { type: "clip", ref, ...info, frames: 3, first: 0, packets, ...rest };
}

export const fetched = (first: number, ref: string, clip?: number): ChatEffect => ({
  type: "send",
  message: { type: "fetch", ...(clip === undefined ? {} : { clip }), first, ref },
});

/** Clip 7, or the newest one, is given up. */
export const givenUp = (before: "heard" | "saved", ref: string, clip?: number): ChatEffect =>
  shown({ type: "error", code: "cancelled", before, ...(clip === undefined ? {} : { clip }), ref });

export const packetsOf = (effects: ChatEffect[]): number[] =>
  effects.flatMap((effect) =>
    effect.type === "replay" || effect.type === "save-clip" ? effect.packets.map(([byte]) => byte ?? -1) : [],
  );

/** Measures two stretches of a voice frame's way by themselves: through the encoder, and through the server. */
import { createEncoder } from "../../lib/voice/codec.ts";
import { frameMs, frameSamples } from "../../lib/voice/format.ts";
import type { Server } from "../../test/support/holler.ts";
import { median } from "./figures.ts";
import { joinAsPeer } from "./peer.ts";

const frames = 50;
/** What a frame of speech comes to at 32 kbit/s. */
const packetBytes = 80;

/** Milliseconds for one frame of these samples, median. */
export async function measureEncoding(speech: Int16Array): Promise<number> {
  const encoder = await createEncoder();
  const times: number[] = [];
  for (let at = 0; at + frameSamples <= speech.length; at += frameSamples) {
    const began = performance.now();
    encoder.encode(speech.slice(at, at + frameSamples));
    times.push(performance.now() - began);
  }
  encoder.free();
  return median(times);
}

/** Milliseconds from one socket through TLS and the server to another on this machine, median. */
export async function measureNetwork(server: Server): Promise<number> {
  const sentAt: number[] = [];
  const times: number[] = [];
  const granted = Promise.withResolvers<number>();
  const allHeard = Promise.withResolvers<void>();
  const hearer = await joinAsPeer(server, "hearer", {
    voice({ sequence }) {
      times.push(performance.now() - (sentAt[sequence] ?? 0));
    },
    message: ({ type }) => type === "voiceEnded" && allHeard.resolve(),
  });
  const speaker = await joinAsPeer(server, "speaker", {
    message: (message) => message.type === "floor" && granted.resolve(message.stream),
  });
  speaker.send({ type: "talk", seconds: (frames * frameMs) / 1_000, ref: "bench" });
  const stream = await granted.promise;
  const payload = crypto.getRandomValues(new Uint8Array(packetBytes));
  const pace = setInterval(() => {
    const sequence = sentAt.push(performance.now()) - 1;
    speaker.sendVoice({ stream, sequence, capturedAt: Date.now() * 1_000, payload });
    // The server ends the turn with the last one.
    if (sentAt.length === frames) clearInterval(pace);
  }, frameMs);
  await allHeard.promise;
  speaker.close();
  hearer.close();
  return median(times);
}

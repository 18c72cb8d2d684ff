/** The one shape of sound inside Holler: what the codec, the devices and the buffers all agree on. */

export const sampleRate = 48_000;
export const frameMs = 20;
export const frameSamples = (sampleRate * frameMs) / 1000;
export const framesPerSecond = 1000 / frameMs;
/** What was first in a frame comes out of the decoder this much later: Opus for speech looks ahead (OPUS_GET_LOOKAHEAD). */
export const codecDelayMs = 6.5;

/** The output is written in quarters of a frame: short writes are what keeps its queue short. */
export const chunkMs = 5;
export const chunkSamples = (sampleRate * chunkMs) / 1000;

/** The audio format inside Holler, on which codec, devices and buffers agree: mono PCM at 48 kHz, in frames of 20 ms. */

/** Hz. */
export const sampleRate = 48_000;
/** One Opus packet. */
export const frameMs = 20;
export const frameSamples = (sampleRate * frameMs) / 1_000;
export const framesPerSecond = 1_000 / frameMs;
/** Algorithmic delay of Opus in VoIP mode: the encoder's lookahead of 312 samples (OPUS_GET_LOOKAHEAD). */
export const codecDelayMs = 6.5;

/** The output is written in chunks of a quarter of a frame: short writes keep its queue short. */
export const chunkMs = 5;
export const chunkSamples = (sampleRate * chunkMs) / 1_000;

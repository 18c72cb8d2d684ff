/** Changes the sample rate of a stream that comes in pieces; loads its library only where a device needs that. */

export interface Resampler {
  /** The next piece, 100 ms at the most; it comes out 1 ms late. Pieces of any length make one stream without gaps. */
  resample(samples: Int16Array): Int16Array;
}

/** 1 to 10: better than 3, which is meant for speech, at half a millisecond more of delay. */
const quality = 5;

/** Mono, 16 bit, between any two sample rates. */
export async function createResampler(fromRate: number, toRate: number): Promise<Resampler> {
  const { default: loaded } = await import("speex-resampler");
  // A CommonJS package: in a compiled program the default is the whole module, with the class inside.
  const Speex = "default" in loaded ? (loaded.default as typeof loaded) : loaded;
  await Speex.initPromise;
  const speex = new Speex(1, fromRate, toRate, quality);

  function resample(samples: Int16Array): Int16Array {
    const out = speex.processChunk(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    return new Int16Array(out.buffer, out.byteOffset, out.byteLength / Int16Array.BYTES_PER_ELEMENT);
  }

  // Its output buffer is as long as the longest piece so far needs on average, which may be a sample too short for
  // the next: a long one at the beginning makes room.
  resample(new Int16Array(Math.ceil(fromRate / 10)));
  return { resample };
}

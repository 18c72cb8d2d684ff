/** Converts the sample rate of a device that does not run at 48 kHz. The library is loaded only for such a device. */

export interface Resampler {
  /**
   * Resamples the next samples of the stream, 100 ms at most, with 1 ms of delay. The length of the pieces makes no
   * difference to the result.
   */
  resample(samples: Int16Array): Int16Array;
}

/** 1 to 10. 3 is meant for speech; 5 is better and adds half a millisecond of delay. */
const quality = 5;

/** A resampler for one stream, mono, 16 bit. Rates are in Hz. */
export async function createResampler(fromRate: number, toRate: number): Promise<Resampler> {
  const { default: loaded } = await import("speex-resampler");
  // A CommonJS package: in a compiled program the default export is the whole module, which holds the class.
  const Speex = "default" in loaded ? (loaded.default as typeof loaded) : loaded;
  await Speex.initPromise;
  const speex = new Speex(1, fromRate, toRate, quality);

  function resample(samples: Int16Array): Int16Array {
    const out = speex.processChunk(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    return new Int16Array(out.buffer, out.byteOffset, out.byteLength / Int16Array.BYTES_PER_ELEMENT);
  }

  // The library sizes its output buffer by the longest input so far, and may be a sample short for the next one. A long
  // input at the start makes the buffer large enough.
  resample(new Int16Array(Math.ceil(fromRate / 10)));
  return { resample };
}

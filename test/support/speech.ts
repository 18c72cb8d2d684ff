/** Measures whether recorded speech matches the original, by figures that codec, buffers and clocks change little. */

export interface Likeness {
  /**
   * The best correlation of each voiced 200 ms window with the recording, median over the windows. It is searched within
   * ±200 ms of the expected place, so a slip of one frame costs one window. About 0.95 through Opus, below 0.6 for other
   * speech.
   */
  windows: number;
  /** Correlation of the envelopes in steps of 10 ms: lower when words are missing or displaced. */
  envelope: number;
  /**
   * The lowest correlation of the first three 100 ms of speech, searched within ±40 ms of the expected place. About 0.85
   * through Opus, and 0 when the first word is cut off, which changes the other figures little.
   */
  first: number;
  /** The same for the last three 100 ms. */
  last: number;
  /** The delay of the recording relative to the original, ms: median over the windows. */
  lagMs: number;
}

interface Match {
  lag: number;
  correlation: number;
}

/** 8 kHz suffices to tell words apart, and costs a sixth. */
const decimation = 6;
const samplesPerMs = 48 / decimation;
const stepSamples = 10 * samplesPerMs;
const windowSamples = 200 * samplesPerMs;
const searchSamples = 200 * samplesPerMs;
/** Beginning and end are three pieces each. */
const endSteps = 30;
const pieceSamples = 100 * samplesPerMs;
const pieceSearchSamples = 40 * samplesPerMs;
/** 2 ms at 48 kHz. */
const gapSamplesMin = 96;

/** Compares two mono signals at 48 kHz. `heard` may begin and end at any time; times are relative to the two starts. */
export function compare(spoken: Int16Array, heard: Int16Array): Likeness {
  const a = decimate(spoken);
  const b = decimate(heard);
  const loudness = envelope(a);
  const { lag, correlation } = bestEnvelopeLag(loudness, envelope(b));
  const matches = voicedWindows(a).map((start) =>
    bestMatch(a.subarray(start, start + windowSamples), start, b, lag * stepSamples, searchSamples),
  );
  const lagSamples = median(matches.map((match) => match.lag));
  const loudest = Math.max(...loudness);
  const isLoud = (level: number) => level > loudest / 20;
  const begins = loudness.findIndex(isLoud);
  const ends = loudness.findLastIndex(isLoud) + 1;
  return {
    windows: median(matches.map((match) => match.correlation)),
    envelope: correlation,
    first: worstPiece(a, begins * stepSamples, b, lagSamples),
    last: worstPiece(a, (ends - endSteps) * stepSamples, b, lagSamples),
    lagMs: lagSamples / samplesPerMs,
  };
}

/**
 * Counts the gaps in speech: digital silence for 2 ms or longer within a word. An underrun of the output causes gaps, and
 * a codec does not.
 */
export function gapsIn(spoken: Int16Array, heard: Int16Array, lagMs: number): number {
  const lag = Math.round(lagMs * 48);
  let gaps = 0;
  let start = 0;
  for (let at = 0; at <= heard.length; at++) {
    if (heard[at] === 0) continue;
    if (at - start >= gapSamplesMin) {
      const before = heard.subarray(Math.max(0, start - gapSamplesMin), start);
      const meant = spoken.subarray(Math.max(0, start - lag), Math.max(0, at - lag));
      if (isAudible(before) && isAudible(meant)) gaps++;
    }
    start = at + 1;
  }
  return gaps;
}

function isAudible(samples: Int16Array): boolean {
  return samples.length > 0 && samples.reduce((sum, one) => sum + Math.abs(one), 0) / samples.length > 200;
}

function decimate(samples: Int16Array): Float32Array {
  const out = new Float32Array(Math.floor(samples.length / decimation));
  for (let i = 0; i < samples.length; i++) {
    const at = Math.floor(i / decimation);
    if (at < out.length) out[at] = (out[at] ?? 0) + (samples[i] ?? 0) / decimation;
  }
  return out;
}

function envelope(samples: Float32Array): Float32Array {
  return new Float32Array(Math.floor(samples.length / stepSamples)).map((_, i) =>
    Math.sqrt(energy(samples, i * stepSamples, stepSamples) / stepSamples),
  );
}

function bestEnvelopeLag(spoken: Float32Array, heard: Float32Array): Match {
  let best = { lag: 0, correlation: -1 };
  for (let lag = -spoken.length; lag < heard.length; lag++) {
    const shifted = spoken.map((_, i) => heard[i + lag] ?? 0);
    const correlation = pearson(spoken, shifted);
    if (correlation > best.correlation) best = { lag, correlation };
  }
  return best;
}

/** The starts of the windows that are loud enough to hold speech. */
function voicedWindows(samples: Float32Array): number[] {
  const starts = Array.from(
    { length: Math.floor(samples.length / windowSamples) },
    (_, i) => i * windowSamples,
  );
  const loudest = Math.max(...starts.map((start) => energy(samples, start, windowSamples)));
  return starts.filter((start) => energy(samples, start, windowSamples) > loudest / 20);
}

/** The lowest correlation of three pieces from `start` on. */
function worstPiece(a: Float32Array, start: number, b: Float32Array, lag: number): number {
  const starts = [0, 1, 2].map((n) => Math.max(0, start) + n * pieceSamples);
  const pieces = starts.map((at) => bestMatch(cut(a, at, pieceSamples), at, b, lag, pieceSearchSamples));
  return Math.min(...pieces.map((match) => match.correlation));
}

/** Finds `window`, which begins at `start` of its signal, in `b`: with a lag of `around` ± `search` samples. */
function bestMatch(
  window: Float32Array,
  start: number,
  b: Float32Array,
  around: number,
  search: number,
): Match {
  const { length } = window;
  const heard = cut(b, start + around - search, length + 2 * search);
  const own = energy(window, 0, length);
  let other = energy(heard, 0, length);
  let best = { lag: around, correlation: 0 };
  for (let shift = 0; shift < 2 * search; shift++) {
    let product = 0;
    for (let i = 0; i < length; i++) product += (window[i] as number) * (heard[shift + i] as number);
    const correlation = other > 1e-6 * own ? product / Math.sqrt(own * other) : 0;
    if (correlation > best.correlation) best = { lag: around - search + shift, correlation };
    other += (heard[shift + length] ?? 0) ** 2 - (heard[shift] ?? 0) ** 2;
  }
  return best;
}

/** A piece of a signal, padded with silence. */
function cut(samples: Float32Array, start: number, length: number): Float32Array {
  const piece = new Float32Array(length);
  const from = Math.max(0, start);
  const to = Math.min(samples.length, start + length);
  if (to > from) piece.set(samples.subarray(from, to), from - start);
  return piece;
}

function energy(samples: Float32Array, start: number, length: number): number {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += (samples[i] ?? 0) ** 2;
  return sum;
}

function pearson(a: Float32Array, b: Float32Array): number {
  const meanA = mean(a);
  const meanB = mean(b);
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] ?? 0) - meanA;
    const y = (b[i] ?? 0) - meanB;
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return squaresA === 0 || squaresB === 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

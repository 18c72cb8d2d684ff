/** The time of an input, as the sans-IO cores are told it. */

/** One moment on both clocks: the wall clock, which people read and may set, and the monotonic one, for durations. */
export interface Now {
  wallMs: number;
  monotonicMs: number;
}

/** Streams in memory for the front ends: tests write their input and read their output. */
import { PassThrough, Writable } from "node:stream";

export function memoryOutput(): Writable & { text(): string; lines(): string[] } {
  let written = "";
  const output = new Writable({
    write(chunk, _, done) {
      written += String(chunk);
      done();
    },
  });
  return Object.assign(output, {
    text: () => written,
    lines: () => written.split("\n").slice(0, -1),
  });
}

/** An output whose reader is gone: every write fails with EPIPE. */
export function brokenOutput(): Writable {
  return new Writable({
    write: (_chunk, _, done) => done(Object.assign(new Error("EPIPE"), { code: "EPIPE" })),
  });
}

export function memoryInput(): PassThrough {
  return new PassThrough();
}

/** Waits until the streams in memory have delivered everything. */
export async function drainStreams(): Promise<void> {
  for (let tick = 0; tick < 20; tick += 1) await new Promise((resolve) => setImmediate(resolve));
}

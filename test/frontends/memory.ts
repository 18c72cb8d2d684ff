/** Streams in memory for the front ends: what is written can be read, what is read can be fed. */
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

/** A pipe whose reader is gone. */
export function brokenOutput(): Writable {
  return new Writable({
    write: (_chunk, _, done) => done(Object.assign(new Error("EPIPE"), { code: "EPIPE" })),
  });
}

export function memoryInput(): PassThrough {
  return new PassThrough();
}

/** Lets everything that is under way in memory arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Compiles voice-harness.ts and drives it: one `VoiceProgram` is the audio client of one user. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AudioClient } from "../../lib/audio/audio-client.ts";
import type { AudioDevice } from "../../lib/audio/device.ts";
import type { AudioError, AudioEvent } from "../../lib/audio/events.ts";
import { buildNative, naudiodonPlugin } from "../../scripts/native.ts";
import { endInput, writeTo } from "./processes.ts";

export type HarnessEvent =
  | Exclude<AudioEvent, { type: "captured" }>
  | (Omit<Extract<AudioEvent, { type: "captured" }>, "payload"> & { payload: string })
  | { type: "devices"; result: AudioDevice[] | { failed: AudioError["code"]; message: string } };

type EventOf<T extends HarnessEvent["type"]> = Extract<HarnessEvent, { type: T }>;

/** Arguments as they are sent to the program: Opus packets in base64. */
type AsText<Values> = {
  [K in keyof Values]: Values[K] extends Uint8Array
    ? string
    : Values[K] extends Uint8Array[]
      ? string[]
      : Values[K];
};

export interface VoiceProgram {
  call<M extends keyof AudioClient>(method: M, ...values: AsText<Parameters<AudioClient[M]>>): void;
  /** All events so far, oldest first. */
  readonly events: HarnessEvent[];
  /** Adds a listener for every event. */
  onEvent(listener: (event: HarnessEvent) => void): void;
  /** The next unread event of a type since the last `record` or `play`. Rejects when the program ends before it. */
  next<T extends HarnessEvent["type"]>(type: T): Promise<EventOf<T>>;
  /** The next event of a type from now on. */
  fresh<T extends HarnessEvent["type"]>(type: T): Promise<EventOf<T>>;
  /** Plays every frame that `speaker` captures. */
  listenTo(speaker: VoiceProgram, stream: number): void;
  readonly pid: number;
  /** The process ids of its helpers, retiring ones included. */
  helpers(): number[];
  readonly exited: Promise<number>;
  /** Ends the program by the end of its input; returns the exit code. */
  end(): Promise<number>;
}

/** Compiles the harness, or another program of this folder, into a new folder; returns the path of the program. */
export async function buildVoiceProgram(name = "voice-harness"): Promise<string> {
  await buildNative();
  const outfile = join(mkdtempSync(join(tmpdir(), "holler-voice-")), name);
  await Bun.build({
    entrypoints: [join(import.meta.dir, `${name}.ts`)],
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
    plugins: [naudiodonPlugin()],
  });
  return outfile;
}

export function startVoiceProgram(path: string, env: Record<string, string>, cwd = tmpdir()): VoiceProgram {
  const program = Bun.spawn([path], {
    env: { ...process.env, ...env },
    cwd,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const events: HarnessEvent[] = [];
  const listeners: ((event: HarnessEvent) => void)[] = [];
  const waiting: { type: string; resolve(event: HarnessEvent): void; reject(error: Error): void }[] = [];
  const unread: HarnessEvent[] = [];

  function onEvent(event: HarnessEvent): void {
    events.push(event);
    for (const listener of listeners) listener(event);
    if (event.type === "playback-failed") failPlayback(event);
    const index = waiting.findIndex((one) => one.type === event.type);
    if (index < 0) unread.push(event);
    else waiting.splice(index, 1)[0]?.resolve(event);
  }

  /** What waits for the end of a playback that failed would wait for ever. */
  function failPlayback(failed: HarnessEvent): void {
    for (const one of waiting.filter(({ type }) => type === "played")) {
      waiting.splice(waiting.indexOf(one), 1);
      one.reject(new Error(`the playback failed: ${JSON.stringify(failed)}`));
    }
  }

  void (async () => {
    for await (const line of lines(program.stdout)) onEvent(JSON.parse(line));
    for (const one of waiting) one.reject(new Error(`the program ended without "${one.type}"`));
  })();

  function call(method: string, ...values: unknown[]): void {
    if (method === "record" || method === "play") unread.length = 0;
    writeTo(program.stdin, `${JSON.stringify([method, ...values])}\n`);
  }

  function fresh<T extends HarnessEvent["type"]>(type: T): Promise<EventOf<T>> {
    return new Promise((resolve, reject) => {
      waiting.push({ type, resolve: (event) => resolve(event as EventOf<T>), reject });
    });
  }

  return {
    call,
    events,
    pid: program.pid,
    exited: program.exited,
    onEvent: (listener) => void listeners.push(listener),
    next<T extends HarnessEvent["type"]>(type: T) {
      const index = unread.findIndex((event) => event.type === type);
      return index < 0 ? fresh(type) : Promise.resolve(unread.splice(index, 1)[0] as EventOf<T>);
    },
    fresh,
    listenTo(speaker, stream) {
      call("play", stream, 1);
      speaker.onEvent((event) => {
        if (event.type === "captured") call("frame", stream, event.sequence, event.capturedAt, event.payload);
        if (event.type === "capture-ended") call("end", stream, "drain");
      });
    },
    helpers: () => childrenOf(program.pid),
    end() {
      endInput(program.stdin);
      return program.exited;
    },
  };
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : Number(fields[1]);
  } catch {
    return undefined;
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of stream) {
    const found = `${rest}${decoder.decode(part, { stream: true })}`.split("\n");
    rest = found.pop() ?? "";
    yield* found;
  }
}

/** The load generator (load.cc): compiled when it is needed, told whom to load, and asked what came of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCompiler } from "../native.ts";
import { loadCore, startPinned } from "./pinned.ts";

/** What is sent, and what in the answer shows that it was understood. */
export interface Step {
  send: Uint8Array | string;
  expect: string;
}

/** What a connection says to this server. */
export interface Speech {
  /** Whether pings are answered, in the frames of Holler; everything else is only looked through for stamps. */
  wire: "frames" | "stamps";
  /** How this connection comes in. */
  greeting(index: number, role: "sender" | "receiver"): Step[];
  /** What senders say, with a `stamp` in it; `number` becomes another one every time. */
  message: Uint8Array | string;
  /** How a client leaves that is to be gone for the others at once; none: the connection ends. */
  bye?: Uint8Array | string;
}

/** Becomes the time of sending. */
export const stamp = "~~0000000000000000";
export const number = "################";

export interface Report {
  /** Deliveries, or handshakes. */
  count: number;
  seconds: number;
  /** Processor time of the server, in seconds. */
  cpu: number;
  /** Share of the generator's own core that it took. */
  busy: number;
  /** Delays, in microseconds. */
  p50: number;
  p99: number;
  lost: number;
  /** Connections that the server has ended. */
  gone: number;
}

export interface Load extends AsyncDisposable {
  /** This many messages are outstanding all the time. */
  saturate(window: number, seconds: number): Promise<Report>;
  rate(perSecond: number, seconds: number): Promise<Report>;
  /** Comes in and leaves, so many at once. */
  shake(atOnce: number, seconds: number): Promise<Report>;
}

export interface Clients {
  receivers: number;
  senders?: number;
  /** Receivers that stop reading. */
  slow?: number;
  /** The first one's number, so that the clients of two loads in one room have different names. */
  first?: number;
}

export interface Generator {
  program: string;
  speaksTls: boolean;
}

/** With TLS if OpenSSL's headers are here. */
export async function buildGenerator(folder: string): Promise<Generator> {
  const compiler = findCompiler();
  const program = join(folder, "load");
  const build = async (flags: string[]): Promise<boolean> => {
    const command = [
      compiler,
      "-O2",
      "-std=c++17",
      join(import.meta.dir, "load.cc"),
      "-o",
      program,
      ...flags,
    ];
    return (await Bun.spawn(command, { stdout: "ignore", stderr: "ignore" }).exited) === 0;
  };
  if (await build(["-DWITH_TLS", "-lssl", "-lcrypto"])) return { program, speaksTls: true };
  if (await build([])) return { program, speaksTls: false };
  throw new Error("The compiler could not build the load generator, scripts/bench/load.cc");
}

/** Everybody comes in; whom `shake` has come in are so many others. */
export async function openLoad(
  generator: Generator,
  server: { pid: number; port: number; tls: boolean },
  speech: Speech,
  { receivers, senders = 0, slow = 0, first = 0 }: Clients,
): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), "holler-load-"));
  const inside = (name: string): string => join(folder, name);
  const total = receivers + senders + slow;
  const greetings = Array.from({ length: Math.max(total, shakersMax) }, (_, index) =>
    speech.greeting(first + index, index < senders ? "sender" : "receiver"),
  );
  await Bun.write(inside("greetings"), packed(greetings));
  await Bun.write(inside("message"), speech.message);
  await Bun.write(inside("bye"), speech.bye ?? "");
  const files = ["greetings", "message", "bye"].map(inside);
  const { port, tls, pid } = server;
  const program = startPinned(
    [generator.program, String(port), tls ? "tls" : "plain", speech.wire, ...files],
    loadCore,
  );
  const ask = async (command: string): Promise<Report> => {
    program.write(command);
    return JSON.parse(await program.output.next(() => true, `an answer to ${command}`, answersWithinMs));
  };
  const load: Load = {
    saturate: (window, seconds) => ask(`saturate ${window} ${seconds} ${pid}`),
    rate: (perSecond, seconds) => ask(`rate ${perSecond} ${seconds} ${pid}`),
    shake: (atOnce, seconds) => ask(`shake ${atOnce} ${seconds} ${pid}`),
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    if (total > 0) await ask(`open ${receivers} ${senders} ${slow}`);
    return load;
  } catch (thrown) {
    await load[Symbol.asyncDispose]();
    throw thrown;
  }
}

const shakersMax = 2_000;
const answersWithinMs = 180_000;

/** As load.cc reads them. */
function packed(greetings: Step[][]): Uint8Array {
  const parts: Uint8Array[] = [];
  const addNumber = (value: number): void => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    parts.push(bytes);
  };
  const add = (text: Uint8Array | string): void => {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    addNumber(bytes.length);
    parts.push(bytes);
  };
  for (const steps of greetings) {
    addNumber(steps.length);
    for (const { send, expect } of steps) {
      add(send);
      add(expect);
    }
  }
  return Buffer.concat(parts);
}

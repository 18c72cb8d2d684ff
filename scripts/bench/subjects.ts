/** The programs that the bench loads, the server and three references: how each is started and spoken to. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeKey, signHello } from "../../lib/client/desktop/key-pair.ts";
import { noChannelBinding } from "../../lib/protocol/channel-binding.ts";
import { encodeFrame, voiceKind } from "../../lib/protocol/frame.ts";
import { encodeClientMessage, protocolVersion } from "../../lib/protocol/messages.ts";
import { encodeVoice } from "../../lib/protocol/voice-frame.ts";
import { serverBinary } from "../../test/support/holler.ts";
import { number, type Speech, type Step, stamp } from "./load.ts";
import { type Pinned, serverCore, startPinned } from "./pinned.ts";

export interface Subject {
  name: string;
  tls: boolean;
  /** Starts it with a folder of its own. */
  start(): Promise<Started>;
  text: Speech;
  /** None: it knows no voice. */
  voice?: Speech;
}

export interface Started extends AsyncDisposable {
  pid: number;
  port: number;
  tls: boolean;
}

/** What every sender says, 128 bytes. */
export const line = stamp.padEnd(128, "the quick brown fox jumps over a lazy dog ");
/** What a packet of speech takes; the first byte says 20 ms. */
const packet = new TextEncoder().encode(`\x78${stamp}`.padEnd(80, "."));

/** The server, with a history unless it is told otherwise; `program`: another build of it. */
export function holler(
  name: string,
  { tls = false, args = [] as string[], program = serverBinary } = {},
): Subject {
  return {
    name,
    tls,
    start: () =>
      startWithPort(tls, (folder) => [
        program,
        ...[
          "--no-advertise",
          "--port",
          "0",
          "--data",
          folder,
          "--max-clients",
          "10000",
          "--log-format",
          "json",
          "--no-limits",
        ],
        ...(tls ? [] : ["--plaintext"]),
        ...args,
      ]),
    text: {
      wire: "frames",
      greeting: (index) => [hello(index, tls)],
      message: encodeClientMessage({ type: "say", text: line, ref: number }),
      bye: encodeClientMessage({ type: "quit" }),
    },
    voice: {
      wire: "frames",
      greeting: (index, role) => [hello(index, tls), ...(role === "sender" ? [talk] : [])],
      // The first transmission of a server is always stream 1.
      message: encodeFrame(
        voiceKind,
        encodeVoice({ stream: 1, sequence: 0, capturedAt: 0, payload: packet }),
      ),
    },
  };
}

/**
 * As programs of ours come in: known again, by a key, which is another one for each. With TLS as a guest, because what is
 * signed is known once the connection is there, and only to the load generator.
 */
function hello(index: number, tls: boolean): Step {
  const name = `p${index}`;
  const signed = tls ? {} : signHello(makeKey(), noChannelBinding);
  const message = {
    type: "hello",
    protocol: protocolVersion,
    name,
    voice: true,
    session: name,
    ...signed,
  } as const;
  return { send: encodeClientMessage(message), expect: '"lastId":' };
}

const talk: Step = {
  send: encodeClientMessage({ type: "requestFloor", seconds: 300, ref: "requestFloor" }),
  expect: '"stream":1',
};

/** What is read is written to everybody, and nothing else. */
export function relay(program: string, tls: boolean): Subject {
  const speech = { wire: "stamps", greeting: () => [{ send: "", expect: "ready" }] } as const;
  return {
    name: tls ? "bare relay, TLS" : "bare relay",
    tls,
    start: () => startReference([program, "chunks"], tls),
    text: { ...speech, message: `${line}\n` },
    voice: { ...speech, message: packet },
  };
}

const upgrade =
  "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

/** Bun's own way to pass on to many. */
export function publish(program: string, tls: boolean): Subject {
  const speech = { wire: "stamps", greeting: () => [{ send: upgrade, expect: "101" }] } as const;
  return {
    name: tls ? "Bun publish, TLS" : "Bun publish",
    tls,
    start: () => startReference([program, "publish"], tls),
    text: { ...speech, message: websocketFrame(new TextEncoder().encode(line), 1) },
    voice: { ...speech, message: websocketFrame(packet, 2) },
  };
}

/** The least that can be done for what the server's own clients say. */
export function least(program: string): Subject {
  const { text } = holler("");
  const start = () => startWithPort(false, (folder) => [program, "lines", folder]);
  return { name: "the least", tls: false, start, text };
}

/** RFC 6455, as a client sends it; masked with zeros. */
function websocketFrame(payload: Uint8Array, opcode: number): Uint8Array {
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255];
  return Uint8Array.from([0x80 | opcode, ...length, 0, 0, 0, 0, ...payload]);
}

function startReference(command: string[], tls: boolean): Promise<Started> {
  return startWithPort(tls, (folder) => [...command, ...(tls ? [folder] : [])]);
}

/** Starts what says its port in JSON. */
async function startWithPort(tls: boolean, command: (folder: string) => string[]): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), "holler-bench-"));
  const program = startPinned(command(folder), serverCore);
  const said = await program.output.next((text) => text.includes('"port":'), "its port");
  return started(program, folder, JSON.parse(said).port, tls);
}

export function started(program: Pinned, folder: string, port: number, tls: boolean): Started {
  return {
    pid: program.pid,
    port,
    tls,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

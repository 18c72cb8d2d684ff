/** Hostile and broken clients: each does one thing, for some seconds at most, and ignores what it is told. */
import { makeKey, signHello } from "../../lib/client/desktop/key-pair.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../lib/protocol/messages.ts";
import { encodeClientMessage, moderationActions, protocolVersion } from "../../lib/protocol/messages.ts";
import type { Random } from "../../test/support/random.ts";
import { type Connection, openConnection } from "./connection.ts";

/** What is done once the connection is there; a number is how long it stays after that. */
interface Attack {
  bare?: boolean;
  /** Leaves pings unanswered. */
  silent?: boolean;
  run(connection: Connection, random: Random, name: string, victim: string): number;
}

const stayMs = 8_000;
/** Beyond what the server waits for a hello. */
const longStayMs = 30_000;

const hello = (name: string): ClientMessage => ({
  type: "hello",
  protocol: protocolVersion,
  name,
  voice: true,
});
const many = (count: number, message: (index: number) => ClientMessage): ClientMessage[] =>
  Array.from({ length: count }, (_, index) => message(index));

const attacks = {
  garbage: {
    run(connection, random) {
      connection.write(noise(random, 1 + random.below(2_000)));
      return stayMs;
    },
  },
  "garbage in the place of TLS": {
    bare: true,
    run(connection, random) {
      connection.write(noise(random, 1 + random.below(500)));
      return stayMs;
    },
  },
  "not a word": { bare: true, run: () => longStayMs },
  "not a word after the handshake": { run: () => longStayMs },
  "half a frame, and gone": {
    run(connection, random, name) {
      const whole = Buffer.concat([
        encodeClientMessage(hello(name)),
        encodeClientMessage({ type: "say", text: "x".repeat(500), ref: "r" }),
      ]);
      connection.write(whole.subarray(0, 1 + random.below(whole.length - 1)));
      return random.below(500);
    },
  },
  "byte by byte": {
    run(connection, _, name) {
      const bytes = encodeClientMessage(hello(name));
      for (const [index] of bytes.entries())
        setTimeout(() => connection.write(bytes.subarray(index, index + 1)), index * 50);
      return stayMs;
    },
  },
  "never reads": {
    silent: true,
    run(connection, _, name) {
      connection.send(hello(name));
      connection.pause();
      // What it asks for is more than its outbox and all that lies on the way hold.
      const page = (index: number): ClientMessage => ({
        type: "history",
        limit: limits.historyPageMax,
        ref: `${index}`,
      });
      for (let ms = 0; ms < longStayMs; ms += 250) setTimeout(() => connection.send(...many(5, page)), ms);
      return longStayMs;
    },
  },
  "a flood of lines": {
    run(connection, _, name) {
      connection.send(
        hello(name),
        ...many(150, (index) => ({ type: "say", text: `flood ${index}`, ref: `${index}` })),
      );
      return 2_000;
    },
  },
  "a flood of questions": {
    run(connection, _, name) {
      connection.send(hello(name), ...many(300, () => ({ type: "who" })));
      connection.send(
        ...many(100, (index) => ({ type: "search", words: "line", limit: 50, ref: `${index}` })),
      );
      return 2_000;
    },
  },
  "a flood of names": {
    run(connection, _, name) {
      connection.send(hello(name), ...many(20, (index) => ({ type: "rename", name: `${name}.${index}` })));
      return 2_000;
    },
  },
  "voice of no stream, and the floor for nothing": {
    run(connection, random, name) {
      connection.send(hello(name), { type: "requestFloor", seconds: 300, ref: "t" });
      const junk = Buffer.concat([
        Buffer.from("0000001410", "hex"),
        noise(random, 16),
        Buffer.from("f8fffe", "hex"),
      ]);
      for (let frame = 0; frame < 200; frame += 1) connection.write(junk);
      return 1_000;
    },
  },
  "far too much": {
    run(connection, _, name) {
      connection.send(
        hello(name),
        ...many(limits.messagesBurst + 500, (index) => ({ type: "ping", sent: index })),
      );
      return 2_000;
    },
  },
  "too long a word before the hello": {
    run(connection) {
      const text = "x".repeat(limits.pendingBodyBytesMax);
      connection.send({ type: "say", text, ref: "r" });
      return stayMs;
    },
  },
  "the name of another person": {
    run(connection, _random, _name, victim) {
      connection.send(
        { ...hello(victim), ...signHello(makeKey(), connection.binding()) },
        { type: "say", text: "it is me", ref: "r" },
      );
      return stayMs;
    },
  },
  "a signature of another connection": {
    run(connection, random, name) {
      connection.send({ ...hello(name), ...signHello(makeKey(), noise(random, limits.channelBindingBytes)) });
      return stayMs;
    },
  },
  "what only operators do": {
    run(connection, _, name, victim) {
      const deed = { type: "moderate", name: victim, on: true, ref: "r" } as const;
      connection.send(hello(name), ...moderationActions.map((action) => ({ ...deed, action })));
      return 1_000;
    },
  },
  "a passphrase where none is asked for": {
    run(connection) {
      connection.send({ type: "unlock", request: "x".repeat(limits.opaqueCharsMax) });
      return stayMs;
    },
  },
} satisfies Record<string, Attack>;

const kinds = Object.keys(attacks) as [keyof typeof attacks, ...(keyof typeof attacks)[]];

const nameBegins = "mallory-";

/** Whether this is the name of a hostile client. */
export function isHostile(name: string): boolean {
  return name.startsWith(nameBegins);
}

/** Does harm once, to this victim if to one alone; resolves when the connection is gone. */
export async function attack(port: number, number: number, victim: string, random: Random): Promise<void> {
  const kind: Attack = attacks[kinds[number % kinds.length] ?? kinds[0]];
  const gone = Promise.withResolvers<void>();
  const from = `127.250.${(number >> 7) & 255}.${1 + (number & 127)}`;
  const { bare = false, silent = false } = kind;
  const name = `${nameBegins}${number}`;
  const sink = { message: () => {}, closed: gone.resolve };
  try {
    const connection = await openConnection(port, { from, bare, silent }, sink);
    const timer = setTimeout(() => connection.destroy(), kind.run(connection, random, name, victim));
    await gone.promise;
    clearTimeout(timer);
  } catch {
    // Not let in at all.
  }
}

function noise(random: Random, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, () => random.below(256));
}

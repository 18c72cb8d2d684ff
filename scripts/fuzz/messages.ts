/** Every message of both tables: valid bodies are decoded, and all others are refused. */
import type * as v from "valibot";
import { headerBytes } from "../../lib/protocol/frame.ts";
import type { DecodedMessage } from "../../lib/protocol/messages.ts";
import {
  clientMessages,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  serverMessages,
} from "../../lib/protocol/messages.ts";
import type { Random } from "../../test/support/random.ts";
import { makerOf } from "./schema.ts";
import type { Fuzzer } from "./target.ts";
import { demand, fuzzer } from "./target.ts";
import { anyBytes, spoiled } from "./texts.ts";

type Table = Record<string, { kind: number; fields: v.GenericSchema }>;

interface Case {
  type: string;
  kind: number;
  body: Uint8Array;
  /** The expected outcome; "any": everything but an exception. */
  comes: "message" | "error" | "unknown" | "any";
  fields?: unknown;
}

const encoder = new TextEncoder();

interface Side<Message> {
  name: string;
  table: Table;
  decode(kind: number, body: Uint8Array): DecodedMessage<Message>;
  encode(message: Message): Uint8Array;
}

function messageFuzzer<Message extends { type: string }>({
  name,
  table,
  decode,
  encode,
}: Side<Message>): Fuzzer {
  const types = Object.entries(table).map(([type, { kind, fields }]) => ({ type, kind, ...makerOf(fields) }));
  const known = new Set(types.map(({ kind }) => kind));
  const bodyOf = (value: unknown) => encoder.encode(JSON.stringify(value));

  function make(random: Random): Case {
    const one = types[random.below(types.length)] ?? types[0];
    if (one === undefined) throw new Error("the table is empty");
    const { type, kind, good, bad } = one;
    const chance = random.below(100);
    if (chance < 50) {
      const fields = good(random);
      // Unknown fields of any content are dropped.
      const sent = random.chance(0.2) ? { ...(fields as object), "newer field": anyJson(random) } : fields;
      return { type, kind, body: bodyOf(sent), comes: "message", fields };
    }
    if (chance < 80)
      return {
        type,
        kind,
        body: bodyOf(random.chance(0.9) ? (bad?.(random) ?? null) : [good(random)]),
        comes: "error",
      };
    if (chance < 95) return { type, kind, body: spoiled(bodyOf(good(random)), random), comes: "any" };
    if (chance < 97) return { type, kind, body: anyBytes(random, 40), comes: "any" };
    const other = random.below(256);
    return { type, kind: other, body: anyBytes(random, 40), comes: known.has(other) ? "any" : "unknown" };
  }

  return fuzzer<Case>({
    name,
    wanted: types.flatMap(({ type }) => [`${type} accepted`, `${type} refused`]).concat("unknown"),
    make,
    check({ type, kind, body, comes, fields }, seen) {
      const decoded = decode(kind, body);
      demand(comes === "any" || decoded.type === comes, `the outcome is ${comes}`, decoded);
      if (decoded.type === "unknown") return seen("unknown");
      if (decoded.type === "error") {
        demand(
          /^[a-zA-Z]+(?:\.[\w]+)*$/.test(decoded.at) && decoded.at.length <= 64,
          "the place of the mistake has names of the schema only",
          decoded,
        );
        return seen(`${type} refused`);
      }
      const { message } = decoded;
      if (fields !== undefined) {
        demand(
          Bun.deepEquals(message, { ...(JSON.parse(JSON.stringify(fields)) as object), type }, true),
          "the message is the one that was sent",
          message,
          fields,
        );
        seen(`${type} accepted`);
      }
      const again = decode(kind, encode(message).subarray(headerBytes));
      // As text, because JSON has no -0.
      demand(
        again.type === "message" && JSON.stringify(again.message) === JSON.stringify(message),
        "the message stays the same when it is encoded again",
        again,
        message,
      );
    },
    *smaller(one) {
      const length = one.body.length;
      for (let size = length >> 1; size > 0; size >>= 1)
        for (let at = 0; at < length; at += size)
          yield {
            type: one.type,
            kind: one.kind,
            comes: one.comes === "message" ? "any" : one.comes,
            body: Uint8Array.from(Array.from(one.body).toSpliced(at, size)),
          };
    },
  });
}

function anyJson(random: Random): unknown {
  return random.pick<unknown>([null, 1, "x", [], {}, { deep: [[[{}]]] }, true]);
}

export const fromClients = messageFuzzer({
  name: "client-messages",
  table: clientMessages,
  decode: decodeClientMessage,
  encode: encodeClientMessage,
});

export const fromServers = messageFuzzer({
  name: "server-messages",
  table: serverMessages,
  decode: decodeServerMessage,
  encode: encodeServerMessage,
});

/**
 * The JSON messages of both directions: their types, and the way from a message to a frame and back. Their tables are in
 * messages/. Kinds are append-only. Unknown fields are dropped and unknown kinds ignored, so that old and new programs
 * can meet.
 */
import * as v from "valibot";
import { encodeFrame } from "./frame.ts";
import { clientMessages } from "./messages/client.ts";
import type { Handler } from "./messages/row.ts";
import { serverMessages } from "./messages/server.ts";

export { clientMessages, voiceFrames } from "./messages/client.ts";
export type { ModerationAction } from "./messages/fields.ts";
export {
  floorReleaseReasons,
  leaveReasons,
  moderationActions,
  voiceEndReasons,
} from "./messages/fields.ts";
export type { Amount, Budget, Lane, MessageState, Rate, RateClass } from "./messages/row.ts";
export { serverMessages } from "./messages/server.ts";

export const protocolVersion = 1;

type Table = Record<string, { kind: number; fields: v.GenericSchema }>;
type MessageOf<T extends Table> = {
  [Type in keyof T & string]: { type: Type } & v.InferOutput<T[Type]["fields"]>;
}[keyof T & string];

export type ClientMessage = MessageOf<typeof clientMessages>;
export type ServerMessage = MessageOf<typeof serverMessages>;

/** One message of a client, by its type. */
export type ClientMessageOf<Type extends ClientMessage["type"]> = Extract<ClientMessage, { type: Type }>;
/** One message of the server, by its type. */
export type ServerMessageOf<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

type ClientTable = typeof clientMessages;
type TypesHandledBy<By extends Handler> = {
  [Type in keyof ClientTable]: ClientTable[Type]["handledBy"] extends By ? Type : never;
}[keyof ClientTable];

/** The messages of clients that this part of the server handles. */
export type ClientMessageHandledBy<By extends Handler> = Extract<ClientMessage, { type: TypesHandledBy<By> }>;

export type DecodedMessage<Message> =
  | { type: "message"; message: Message }
  /** A kind of a newer peer: to be ignored. */
  | { type: "unknown" }
  /** `at`: the message and field that are wrong, such as `say.ref`. */
  | { type: "error"; code: "bad-message"; at: string };

const encoder = new TextEncoder();

/** The checked message in a frame from a client. */
export const decodeClientMessage = decoderFor<ClientMessage>(clientMessages);

/** The checked message in a frame from the server. */
export const decodeServerMessage = decoderFor<ServerMessage>(serverMessages);

/** A whole frame, ready for the socket. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  return encodeWith(clientMessages, message);
}

/** A whole frame, ready for every socket it goes to. */
export function encodeServerMessage(message: ServerMessage): Uint8Array {
  return encodeWith(serverMessages, message);
}

/** Whether this part of the server handles the message. */
export function isHandledBy<By extends Handler>(
  by: By,
  message: ClientMessage,
): message is ClientMessageHandledBy<By> {
  return clientMessages[message.type].handledBy === by;
}

function encodeWith(table: Table, message: { type: string }): Uint8Array {
  const row = table[message.type];
  if (row === undefined) throw new Error(`no message is called ${message.type}`);
  // JSON.stringify drops undefined fields; to delete the field takes longer.
  const fields = { ...message, type: undefined };
  return encodeFrame(row.kind, encoder.encode(JSON.stringify(fields)));
}

function decoderFor<Message>(table: Table): (kind: number, body: Uint8Array) => DecodedMessage<Message> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const byKind = new Map(Object.entries(table).map(([type, { kind, fields }]) => [kind, { type, fields }]));
  return (kind, body) => {
    const row = byKind.get(kind);
    if (row === undefined) return { type: "unknown" };
    try {
      const json: unknown = JSON.parse(decoder.decode(body));
      // The schemas take a list for an object without fields.
      if (Array.isArray(json)) return { type: "error", code: "bad-message", at: row.type };
      const parsed = v.safeParse(row.fields, json);
      if (!parsed.success)
        return { type: "error", code: "bad-message", at: pathOf(row.type, parsed.issues[0]) };
      return { type: "message", message: { ...(parsed.output as object), type: row.type } as Message };
    } catch {
      return { type: "error", code: "bad-message", at: row.type };
    }
  };
}

/** `say.ref`; the names are the schema's own, never the peer's. */
function pathOf(type: string, issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? type : `${type}.${path}`;
}

/** Every refusal: a stable code for programs, and one sentence for people. */

/** The details in a sentence. They are sent beside it, for programs that make their own sentences. */
interface Details {
  name?: string;
  /** The name that `name` looks like. */
  like?: string;
  seconds?: number;
  max?: number;
  /** The message and field that were wrong, such as `say.ref`. */
  at?: string;
  /** The number of a clip. */
  clip?: number;
  /** The reason that an operator gave. */
  reason?: string;
}

/** Code → what happened and what to do. Codes are part of the protocol: add, never rename. */
const sentences = {
  // The connection itself: each of these closes it.
  "frame-empty": () => "A frame of length zero was received.",
  "frame-too-long": () => "A frame longer than this protocol allows was received.",
  "bad-message": ({ at }: Details) => `A message was received that is not valid JSON of its kind: ${at}.`,
  "bad-voice": () => "A voice frame was received that has no Opus packet of 20 ms in it.",
  "out-of-order": () => "A message was received that is not allowed at this point.",
  "hello-timeout": () => "This client did not say hello in time, so the connection was closed.",
  "too-many": () => "More connections came at once than this server keeps waiting; connect again.",
  "protocol-version": () =>
    "This client and this server speak different versions of the protocol; update the older one.",
  "too-slow": () => "This client did not read fast enough and was cut off.",
  "server-stopped": () => "The server was stopped.",
  replaced: () => "You came in again from elsewhere, so this connection was closed.",
  flooded: () => "This client sent far more than a person can type, so it was cut off.",
  kicked: ({ name, reason }: Details) => `You were removed from the room${by(name)}${because(reason)}.`,
  banned: ({ name, reason }: Details) => `You are banned from this room${by(name)}${because(reason)}.`,
  // The passphrase.
  "passphrase-needed": () => "This room needs a passphrase.",
  "no-passphrase": () => "This room has no passphrase.",
  "wrong-passphrase": () => "This is not the passphrase of this room.",
  "too-many-tries": ({ seconds }: Details) =>
    `Too many wrong passphrases came from this address; try again in ${seconds} s.`,
  // Coming in: these close the connection too; a client connects again with another name.
  "name-taken": ({ name, like }: Details) =>
    like === undefined
      ? `The name ${name} is taken; choose another.`
      : `The name ${name} looks like ${like}, which is taken; choose another.`,
  "name-invalid": ({ max }: Details) => `A name is 1 to ${max} letters, digits, "_", "-" or ".".`,
  "room-full": ({ max }: Details) => `The room is full (${max} people).`,
  "address-full": ({ max }: Details) => `Too many people came from this address already (${max}).`,
  "room-locked": () => "The room is locked: no new members can join now.",
  "bad-signature": () =>
    "The key of this client was not proven on this connection: another machine may sit between it and the server.",
  // Talking: these are answered and change nothing.
  "no-such-name": ({ name }: Details) => `There is no ${name} here.`,
  "not-saved": () =>
    "The server could not save this line (its disk is full, or fails), so it was not sent. Send it again later.",
  "mailbox-full": ({ name, max }: Details) =>
    `${name} is away, and ${max} lines are waiting already; this one was not sent.`,
  "search-empty": () => "Name at least one word to search for.",
  "text-empty": () => "There is nothing to send in this line.",
  "text-too-long": ({ max }: Details) => `A line may have ${max} characters at most; this one was not sent.`,
  "floor-taken": ({ name, seconds }: Details) => `${name} is talking (${seconds} s left).`,
  "no-floor": () => "Voice was sent without having the floor; it was not heard.",
  "bad-seconds": ({ max }: Details) => `A recording takes 1 to ${max} seconds.`,
  "no-such-clip": ({ clip }: Details) =>
    clip === undefined ? "There is no clip to hear." : `There is no clip ${clip}, or it is not for you.`,
  "voice-too-fast": () =>
    "More voice came than a person can speak in that time; wait a moment, then talk again.",
  "too-fast": ({ seconds }: Details) => `That was too much at once; wait ${seconds} s.`,
  silenced: ({ seconds }: Details) => `You are silenced for ${seconds} s more; this was not sent.`,
  "announce-only": () => "Only operators speak now; you can write to one of them alone: @NAME text.",
  "not-operator": () => "Only operators can do that.",
  "not-yours": ({ name }: Details) => `The name ${name} does not belong to you.`,
  "not-banned": ({ name }: Details) => `${name} is not banned.`,
  "is-guest": ({ name }: Details) => `${name} is a guest, and owns no name.`,
  "is-operator": ({ name }: Details) => `${name} is an operator; /deop @${name} first.`,
  "operator-by-name": ({ name }: Details) =>
    `${name} is an operator by --op, with which the server was started; start it without to change that.`,
  "name-missing": () => "Say whom: a name is missing.",
} as const;

function by(name: string | undefined): string {
  return name === undefined ? "" : ` by ${name}`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : `: ${reason}`;
}

export type ErrorCode = keyof typeof sentences;

export interface Refusal extends Details {
  code: ErrorCode;
  message: string;
}

/** A refusal with its sentence made from the details its code needs. */
export function refusal(code: ErrorCode, details: Details = {}): Refusal {
  return { code, message: sentences[code](details), ...details };
}

/** All codes, for the test that docs/protocol.md lists every one. */
export const errorCodes = Object.keys(sentences) as ErrorCode[];

/**
 * One who behaves, and to whom everything happens that happens to people: they talk, are slow, lose the connection, go
 * and come back. A client by docs/protocol.md, section 8, that shares nothing with ours but the encoding of messages.
 */
import { makeKey, signHello } from "../../lib/client/desktop/key-pair.ts";
import { encodeFrame, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ModerationAction, ServerMessage, ServerMessageOf } from "../../lib/protocol/messages.ts";
import { protocolVersion } from "../../lib/protocol/messages.ts";
import { decodeVoice, encodeVoice } from "../../lib/protocol/voice-frame.ts";
import type { Random } from "../../test/support/random.ts";
import { createCompany } from "./company.ts";
import { type Connection, openConnection } from "./connection.ts";
import type { Ledger, Witness } from "./ledger.ts";

export interface Person {
  readonly witness: Witness;
  /** A guest, whose names belong to no one: once gone, it cannot be whispered to. */
  readonly isGuest: boolean;
  /** In, and has read everything that was missed. */
  isSettled(): boolean;
  comeIn(): void;
  say(text: string): void;
  whisper(to: Person, text: string): void;
  /** Takes the other one of two names. */
  rename(): void;
  /** Asks for the floor, and talks for so long if it is free. */
  talk(seconds: number): void;
  /** Reads nothing for so long. */
  stall(ms: number): void;
  /** Loses the connection and comes back after so long; `quietly`: the server is not told that it is gone. */
  lose(backAfterMs: number, quietly: boolean): void;
  /** As an operator: a moderation action on the person of that name. */
  moderate(action: ModerationAction, name: string): void;
  /** Leaves; resolves when the server has closed. */
  quit(): Promise<void>;
  /** Something must not be with this person; said with what happened to it lately. */
  wrong(what: string): void;
  /** All that are here, as this one was told. */
  company(): string[];
}

export interface PersonOptions {
  port: number;
  number: number;
  hearsVoice: boolean;
  isGuest: boolean;
  ledger: Ledger;
  random: Random;
}

interface Transmission {
  stream: number;
  timer: Timer;
}

const frameMs = 20;
const silence = Uint8Array.of(0xf8, 0xff, 0xfe);
/** So many events of a person are shown when something is wrong. */
const trailMax = 6;
/** Refusals that are no fault: another person is talking, or a transmission ended under way. */
const expected: ReadonlySet<string> = new Set(["floor-taken", "no-floor"]);
/** The `ref` under which an operator may be told that the person is gone. */
const moderationRef = "moderation";
/** A server that is asked by everybody at once may not take each at the first try. */
const retryMs = 500;

export function createPerson({ port, number, hearsVoice, isGuest, ledger, random }: PersonOptions): Person {
  const names: readonly [string, string] = [`p${number}`, `p${number}x`];
  const witness = ledger.witness(names[0]);
  const key = makeKey();
  const from = `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${1 + (number & 127)}`;
  const company = createCompany(() => witness.name, ledger.wrong);
  const voiceHeard = new Map<number, number>();
  /** Of whom nothing is heard any more, because this one, an operator, has seen to it. */
  const quietened = new Set<string>();
  let connection: Connection | undefined;
  let session = "";
  let refs = 0;
  let isSettled = false;
  let isQuitting = false;
  let transmission: Transmission | undefined;
  const trail: { event: string; atMs: number }[] = [];
  let gone = Promise.withResolvers<void>();

  function wrong(what: string): void {
    const now = performance.now();
    const before = trail.map(({ event, atMs }) => `${event} ${((now - atMs) / 1_000).toFixed(1)} s before`);
    ledger.wrong(`${witness.name} ${what} [${before.join(", ")}]`);
  }
  function note(event: string): void {
    trail.push({ event, atMs: performance.now() });
    if (trail.length > trailMax) trail.shift();
  }

  const nextRef = (): string => {
    refs += 1;
    return `${number}-${refs}`;
  };

  async function comeIn(): Promise<void> {
    gone = Promise.withResolvers();
    isQuitting = false;
    // Events of an earlier connection are ignored.
    let mine: Connection | undefined;
    const isMine = (): boolean => mine !== undefined && mine === connection;
    try {
      mine = await openConnection(
        port,
        { from },
        {
          message: (message) => isMine() && hear(message),
          voice: (body) => isMine() && hearVoice(body),
          closed: () => isMine() && closed(),
        },
      );
    } catch {
      setTimeout(comeIn, retryMs);
      return;
    }
    connection = mine;
    const { name } = witness;
    const signed = signHello(key, mine.binding());
    const guest = isGuest ? { guest: true } : {};
    mine.send({
      type: "hello",
      protocol: protocolVersion,
      name,
      voice: hearsVoice,
      ...signed,
      ...guest,
      session,
    });
  }

  function closed(): void {
    if (!isQuitting) wrong("was cut off without a word");
    drop();
    gone.resolve();
  }

  function drop(): void {
    endTransmission();
    voiceHeard.clear();
    connection = undefined;
    isSettled = false;
  }

  function hear(message: ServerMessage): void {
    company.hear(message);
    switch (message.type) {
      case "welcome":
        return welcome(message);
      case "history":
        return readMissed(message);
      case "said":
      case "whispered":
        // Until the last page is there, the next one has it.
        if (isSettled) witness.see(message);
        if (quietened.has(message.from)) ledger.wrong(`${message.from} was heard, and is silenced, or out`);
        return;
      case "moderated":
        if (message.name !== undefined) quietened.add(message.name);
        return;
      case "renamed":
        if (message.from === witness.name) witness.name = message.to;
        return;
      case "floorGranted":
        return speak(message.stream, message.seconds);
      case "voiceEnded":
        voiceHeard.delete(message.stream);
        if (message.stream === transmission?.stream) endTransmission();
        return;
      case "error":
        if (message.ref === moderationRef && message.code === "no-such-name") return;
        if (!expected.has(message.code)) wrong(`was refused ${message.ref}: ${message.code}`);
        return;
      case "goodbye":
        wrong(`was sent away: ${message.code}`);
        isQuitting = true;
        return;
      default:
    }
  }

  function welcome({ you, lastId }: ServerMessageOf<"welcome">): void {
    note(`in from ${lastId}, has ${witness.highest()},`);
    // The connection may have been lost before a new name was confirmed.
    if (!names.includes(you)) wrong(`is called ${you} on coming in`);
    witness.name = you;
    // Also the first time: what was said in the same moment may be above that id, and was sent before we came.
    if (witness.highest() < 0) witness.begin(lastId);
    askMissed();
  }

  function askMissed(): void {
    connection?.send({
      type: "history",
      after: witness.highest(),
      limit: limits.historyPageMax,
      ref: nextRef(),
    });
  }

  function readMissed({ entries, more, since }: ServerMessageOf<"history">): void {
    if (since > witness.highest() + 1) wrong(`came too late for ${witness.highest() + 1}`);
    for (const entry of entries) witness.see(entry);
    if (more) return askMissed();
    isSettled = true;
    for (const { ref, text, to } of witness.unconfirmed())
      connection?.send(to === undefined ? { type: "say", text, ref } : { type: "whisper", to, text, ref });
  }

  function speak(stream: number, seconds: number): void {
    let sequence = 0;
    const speaking = connection;
    const timer = setInterval(() => {
      const body = encodeVoice({ stream, sequence, capturedAt: sequence * 20_000, payload: silence });
      speaking?.write(encodeFrame(voiceKind, body));
      sequence += 1;
      if (sequence < seconds * limits.voiceFramesPerSecond) return;
      speaking?.send({ type: "releaseFloor", stream, reason: "done" });
      endTransmission();
    }, frameMs);
    transmission = { stream, timer };
  }

  function endTransmission(): void {
    clearInterval(transmission?.timer);
    transmission = undefined;
  }

  function hearVoice(body: Uint8Array): void {
    const frame = decodeVoice(body);
    if (frame === undefined) return wrong("got a frame of voice that is none");
    const before = voiceHeard.get(frame.stream) ?? -1;
    if (frame.sequence <= before) wrong(`heard frame ${frame.sequence} of ${frame.stream} after ${before}`);
    voiceHeard.set(frame.stream, frame.sequence);
  }

  function start(): void {
    session = `${number}-${random.below(2 ** 30)}`;
    void comeIn();
  }

  return {
    witness,
    isGuest,
    isSettled: () => isSettled,
    comeIn: start,
    say(text) {
      const ref = nextRef();
      witness.say(ref, text);
      connection?.send({ type: "say", text, ref });
    },
    whisper(to, text) {
      const ref = nextRef();
      witness.say(ref, text, to.witness);
      connection?.send({ type: "whisper", to: to.witness.name, text, ref });
    },
    rename() {
      note("renamed");
      const name = witness.name === names[0] ? names[1] : names[0];
      connection?.send({ type: "rename", name, ref: nextRef() });
    },
    talk(seconds) {
      if (transmission === undefined) connection?.send({ type: "requestFloor", seconds, ref: nextRef() });
    },
    stall(ms) {
      note(`stalled for ${ms} ms`);
      const stalled = connection;
      stalled?.pause();
      setTimeout(() => stalled?.resume(), ms);
    },
    lose(backAfterMs, quietly) {
      note(quietly ? "quietly lost" : "lost");
      const lost = connection;
      drop();
      if (quietly) lost?.pause();
      else lost?.destroy();
      setTimeout(comeIn, backAfterMs);
      // The server has closed it by then; if the end was not read, it is there still.
      if (quietly) setTimeout(() => lost?.destroy(), backAfterMs + 2 * limits.closeTimeoutMs);
    },
    moderate: (action, name) => connection?.send({ type: "moderate", action, name, ref: moderationRef }),
    quit() {
      note("quit");
      isQuitting = true;
      isSettled = false;
      endTransmission();
      connection?.send({ type: "quit" });
      return gone.promise;
    },
    wrong,
    company: company.names,
  };
}

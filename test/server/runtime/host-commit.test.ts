/** A host over a commit log that answers later: nothing is seen before its commit, pings and voice do not wait for one. */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { encodeFrame, voiceKind } from "../../../lib/protocol/frame.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import { encodeVoice } from "../../../lib/protocol/voice-frame.ts";
import type { CommitLog, Outcome } from "../../../lib/server/runtime/commit-log.ts";
import type { Host } from "../../../lib/server/runtime/host.ts";
import { createFakeTransport } from "../../support/fake-transport.ts";
import { memoryHost } from "../../support/rooms.ts";

type Answer = (lost: ReadonlySet<Outcome>) => void;

let host: Host;
/** Commits that are done and not answered, in order. */
let unanswered: (() => void)[];
/** Whether commits are answered before they return. */
let answersAtOnce: boolean;
/** What is to be done in the middle of a commit. */
let whileCommitting: () => void;

/** The real log, whose answers wait until the test gives them. */
function wrapLog(real: CommitLog): CommitLog {
  return {
    append: (outcome) => real.append(outcome),
    commit(answer: Answer) {
      whileCommitting();
      real.commit((lost) => {
        if (answersAtOnce) answer(lost);
        else unanswered.push(() => answer(lost));
      });
    },
  };
}

beforeEach(() => {
  unanswered = [];
  answersAtOnce = true;
  whileCommitting = () => {};
  host = memoryHost({ event() {}, listening() {}, notice() {} }, { wrapLog });
});
afterEach(() => void jest.useRealTimers());

const tickIsOver = () => new Promise((resolve) => setImmediate(resolve));

function connect(name: string) {
  const transport = createFakeTransport();
  const sink = host.connect(transport, { address: "192.0.2.7", isLocal: false });
  const tell = (message: ClientMessage) => sink.receive(encodeClientMessage(message));
  tell({ type: "hello", protocol: 1, name, voice: true });
  /** What it received, by type; of lines, what they say. */
  const types = () =>
    transport
      .received()
      .map((got) => (got === "voice" ? got : got.type === "said" ? `said ${got.text}` : got.type));
  return { transport, sink, tell, types };
}

const say = (text: string): ClientMessage => ({ type: "say", text, ref: text });
const voiceFrame = (sequence: number) =>
  encodeFrame(
    voiceKind,
    encodeVoice({ stream: 1, sequence, capturedAt: 0, payload: new Uint8Array(80).fill(0x78) }),
  );

/** The first batch is answered, and what follows from it is written. */
async function answerOne(): Promise<void> {
  unanswered.shift()?.();
  await tickIsOver();
}

describe("with a log that answers after the tick", () => {
  test("a line is seen only when its batch is answered, and lines keep their order over batches", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    answersAtOnce = false;
    const before = bob.types().length;
    alice.tell(say("one"));
    await tickIsOver();
    bob.tell(say("two"));
    bob.tell({ type: "who" });
    await tickIsOver();
    expect([unanswered.length, bob.types().slice(before)]).toEqual([2, []]);
    await answerOne();
    expect(bob.types().slice(before)).toEqual(["said one"]);
    await answerOne();
    expect(bob.types().slice(before)).toEqual(["said one", "said two", "members"]);
    expect(alice.types().slice(-2)).toEqual(["said one", "said two"]);
  });

  test("a newcomer is welcome only when that is committed", async () => {
    answersAtOnce = false;
    const alice = connect("alice");
    // A guest leaves no record; what is said after is behind a line.
    await tickIsOver();
    alice.tell(say("one"));
    await tickIsOver();
    const bob = connect("bob");
    await tickIsOver();
    expect(bob.types()).toEqual([]);
    while (unanswered.length > 0) await answerOne();
    expect(bob.types()).toEqual(["welcome"]);
  });

  test("a shutdown waits for the answer, also when all are gone before", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    answersAtOnce = false;
    alice.tell(say("last words"));
    const over = host.shutdown();
    alice.sink.closed();
    bob.sink.closed();
    await tickIsOver();
    expect(Bun.peek.status(over)).toBe("pending");
    while (unanswered.length > 0) await answerOne();
    await over;
  });

  test("the goodbye of a shutdown comes behind the last line", async () => {
    const alice = connect("alice");
    await tickIsOver();
    answersAtOnce = false;
    alice.tell(say("last words"));
    const over = host.shutdown();
    while (unanswered.length > 0) await answerOne();
    expect(alice.types().slice(-2)).toEqual(["said last words", "goodbye"]);
    alice.sink.closed();
    await over;
  });

  test("a ping is answered while a commit is under way", async () => {
    const alice = connect("alice");
    await tickIsOver();
    answersAtOnce = false;
    alice.tell(say("one"));
    await tickIsOver();
    alice.tell({ type: "ping", sent: 7 });
    expect(alice.types().at(-1)).toBe("pong");
    await answerOne();
    expect(alice.types().at(-1)).toBe("said one");
  });
});

describe("live voice", () => {
  async function speaking() {
    const [alice, bob] = [connect("alice"), connect("bob")];
    alice.tell({ type: "requestFloor", seconds: 60, ref: "f" });
    await tickIsOver();
    alice.sink.receive(voiceFrame(0));
    await tickIsOver();
    const before = bob.types().length;
    return {
      alice,
      bob,
      since: () =>
        bob
          .types()
          .slice(before)
          .filter((type) => type !== "ping"),
    };
  }

  test("is written before the commit of the same tick begins", async () => {
    const { alice, since } = await speaking();
    alice.tell(say("one"));
    alice.sink.receive(voiceFrame(1));
    const seen: string[][] = [];
    whileCommitting = () => void seen.push(since());
    await tickIsOver();
    expect(seen).toEqual([["voice"]]);
    expect(since()).toEqual(["voice", "said one"]);
  });

  test("does not wait for a log that answers later", async () => {
    const { alice, since } = await speaking();
    answersAtOnce = false;
    alice.tell(say("one"));
    await tickIsOver();
    alice.sink.receive(voiceFrame(1));
    await tickIsOver();
    expect(since()).toEqual(["voice"]);
    await answerOne();
    expect(since()).toEqual(["voice", "said one"]);
  });

  test("of a new stream comes behind its `voiceStarted`, which waits for the line before it", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    alice.tell({ type: "requestFloor", seconds: 60, ref: "f" });
    await tickIsOver();
    const before = bob.types().length;
    answersAtOnce = false;
    alice.tell(say("one"));
    alice.sink.receive(voiceFrame(0));
    await tickIsOver();
    alice.sink.receive(voiceFrame(1));
    await tickIsOver();
    expect(bob.types().slice(before)).toEqual([]);
    await answerOne();
    expect(bob.types().slice(before)).toEqual(["said one", "voiceStarted", "voice", "ping", "voice"]);
  });

  test("does not reach a newcomer before the welcome", async () => {
    const { alice } = await speaking();
    answersAtOnce = false;
    alice.tell(say("one"));
    const carol = connect("carol");
    await tickIsOver();
    alice.sink.receive(voiceFrame(1));
    await tickIsOver();
    expect(carol.types()).toEqual([]);
    await answerOne();
    alice.sink.receive(voiceFrame(2));
    await tickIsOver();
    expect(carol.types()).toEqual(["welcome", "voice", "ping"]);
  });
});

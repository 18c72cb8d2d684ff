/** Every message in every state of a connection: the room gets what is legal and within its limits, and nothing else. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage, MessageState } from "../../../lib/protocol/messages.ts";
import { clientMessages, voiceFrames } from "../../../lib/protocol/messages.ts";
import type { SessionEffect } from "../../../lib/server/session/effects.ts";
import { isLegal } from "../../../lib/server/session/sessions.ts";
import { hello } from "../room/scene.ts";
import type { Desk, Handled } from "./desk.ts";
import { createDesk, examples, reach } from "./desk.ts";

/** The states in which each message may come, written down a second time. */
const legalIn: Record<ClientMessage["type"] | "voice", MessageState[]> = {
  hello: ["pending"],
  unlock: ["pending"],
  prove: ["pending"],
  quit: ["pending", "joined"],
  ping: ["pending", "joined"],
  pong: ["pending", "joined"],
  say: ["joined"],
  whisper: ["joined"],
  who: ["joined"],
  rename: ["joined"],
  requestFloor: ["joined"],
  releaseFloor: ["joined"],
  clips: ["joined"],
  fetch: ["joined"],
  history: ["joined"],
  search: ["joined"],
  whois: ["joined"],
  moderate: ["joined"],
  voice: ["joined"],
};

const refused = (effects: SessionEffect[]) =>
  effects.flatMap((effect) => (effect.type === "close" ? [effect.why?.code ?? "quit"] : []));
const handled = Object.keys(examples).concat("voice") as Handled[];
const inEveryState = (["pending", "joined", "detached", "gone"] as const).flatMap((state) =>
  handled.map((type) => [type, state] as const),
);

test("the message table names the states of every message", () => {
  const rows = { ...clientMessages, voice: voiceFrames };
  const states = Object.entries(rows).map(([type, row]) => [type, row.states]);
  expect(Object.fromEntries(states)).toEqual(legalIn);
});

test("the transport handles ping and pong, so the core has no input for them", () => {
  const types = Object.entries(clientMessages).filter(([, { handledBy }]) => handledBy === "transport");
  expect(types.map(([type]) => type)).toEqual(["ping", "pong"]);
});

describe("a message", () => {
  test.each(inEveryState)("%s from a connection that is %s is handled, refused or ignored", (type, state) => {
    const desk = createDesk();
    const id = reach[state](desk);
    desk.calls();
    const effects = desk.send(id, type);
    const calls = desk.calls();
    if (state === "detached" || state === "gone") {
      expect([effects, calls]).toEqual([[], []]);
    } else if (!legalIn[type].includes(state)) {
      expect(isLegal(state, type)).toBeFalse();
      expect(refused(effects)).toEqual(["out-of-order"]);
      expect(calls).toEqual(state === "joined" ? ["leave alice lost"] : []);
      expect(desk.send(id, type)).toEqual([]);
    } else {
      expect(isLegal(state, type)).toBeTrue();
      expect(refused(effects)).not.toContain("out-of-order");
      const { handledBy } = type === "voice" ? voiceFrames : clientMessages[type];
      if (handledBy === "room")
        expect(calls).toEqual([type === "voice" ? "voice alice" : `receive alice ${type}`]);
      else expect(calls.filter((call) => call.startsWith("receive"))).toEqual([]);
    }
  });

  test("that is too fast is refused, and never reaches the room", () => {
    const desk = createDesk();
    const id = desk.join("alice");
    for (let count = 0; count < limits.linesBurst; count += 1) desk.send(id, "say");
    expect(desk.calls()).toHaveLength(limits.linesBurst);
    expect(desk.send(id, "say")).toMatchObject([
      { type: "send", to: [id], message: { type: "error", code: "too-fast", ref: "r" } },
    ]);
    expect(desk.calls()).toEqual([]);
  });

  test("that is too fast reaches the room all the same if the room only confirms it again", () => {
    const desk = createDesk();
    const id = desk.join("alice");
    for (let count = 0; count <= limits.linesBurst; count += 1) desk.send(id, "say");
    desk.calls();
    desk.known.lines.add("r");
    expect(desk.send(id, "say")).toEqual([]);
    expect(desk.calls()).toEqual(["receive alice say"]);
  });

  test("beyond the flood limit ends the connection and the session, and never reaches the room", () => {
    const desk = createDesk();
    const id = desk.join("alice");
    const codes: string[] = [];
    for (let count = 0; count <= limits.messagesBurst; count += 1)
      codes.push(...refused(desk.send(id, "releaseFloor")));
    expect(codes).toEqual(["flooded"]);
    const calls = desk.calls();
    // The hello counts, too.
    const received = calls.filter((call) => call === "receive alice releaseFloor");
    expect(received).toHaveLength(limits.messagesBurst - 1);
    expect(calls.at(-1)).toBe("leave alice lost");
  });

  test("from an operator has no limits", () => {
    const desk = createDesk({ operators: ["alice"] });
    const id = desk.join("alice");
    for (let count = 0; count < 2 * limits.messagesBurst; count += 1)
      expect(desk.send(id, "say")).toEqual([]);
  });
});

describe("a hello", () => {
  test.each([
    [
      "protocol-version",
      (desk: Desk, id: number) =>
        desk.feed({ type: "message", id, message: { ...hello("bob"), protocol: 9 } }),
    ],
    ["name-invalid", (desk: Desk, id: number) => desk.greet(id, "b ob")],
    ["name-taken", (desk: Desk, id: number) => desk.greet(id, "alice")],
    [
      "room-locked",
      (desk: Desk, id: number) => {
        desk.sessions.lock(true);
        return desk.greet(id, "bob");
      },
    ],
    [
      "banned",
      (desk: Desk, id: number) => {
        desk.registry.apply({ type: "ban", ban: { name: "bob", publicKey: "key of bob" } });
        return desk.greet(id, "bob", "key of bob");
      },
    ],
    [
      "room-full",
      (desk: Desk, id: number) => {
        desk.join("carol");
        return desk.greet(id, "bob");
      },
    ],
  ])("that is refused with %s never reaches the room", (code, act) => {
    const desk = createDesk({ clientsMax: 2 });
    desk.join("alice");
    const id = desk.connect();
    expect(refused(act(desk, id))).toEqual([code]);
    expect(desk.calls()).toEqual([]);
  });

  test("without a proven passphrase never reaches the room", () => {
    const desk = createDesk({ passphrase: true });
    const id = desk.connect();
    expect(refused(desk.greet(id, "alice"))).toEqual(["passphrase-needed"]);
    expect(desk.calls()).toEqual([]);
  });
});

describe("the room", () => {
  test("has a member from join to leave, with detach and resume between them", () => {
    const desk = createDesk();
    const id = desk.connect();
    desk.greet(id, "alice", "A", "s");
    desk.feed({ type: "closed", id });
    const next = desk.connect();
    desk.greet(next, "alice", "A", "s");
    desk.send(next, "quit");
    expect(desk.calls()).toEqual(["join alice", "detach alice", "resume alice", "leave alice quit"]);
  });

  test("has no detach of a session whose connection another one replaces", () => {
    const desk = createDesk();
    const id = desk.join("alice");
    const next = desk.connect();
    expect(refused(desk.greet(next, "alice", "key of alice", "alice's program"))).toEqual(["replaced"]);
    expect(desk.calls()).toEqual(["resume alice"]);
    expect(desk.feed({ type: "closed", id })).toEqual([]);
    expect(desk.calls()).toEqual([]);
  });

  test("loses a detached member once the grace period is over", () => {
    const desk = createDesk();
    desk.feed({ type: "closed", id: desk.join("alice") });
    desk.pass(limits.gracePeriodMs - 1);
    expect(desk.calls()).toEqual(["detach alice"]);
    desk.pass(1);
    expect(desk.calls()).toEqual(["leave alice lost"]);
  });

  test("loses a member at once whose session cannot be resumed", () => {
    const desk = createDesk();
    const id = desk.connect();
    desk.greet(id, "alice");
    desk.feed({ type: "closed", id });
    expect(desk.calls()).toEqual(["join alice", "leave alice lost"]);
  });

  test("hears nothing of connections that never say hello", () => {
    const desk = createDesk();
    const [first, second] = [desk.connect(), desk.connect()];
    desk.feed({ type: "closed", id: first });
    desk.send(second, "quit");
    desk.connect();
    desk.pass(limits.helloTimeoutMs);
    expect(desk.calls()).toEqual([]);
  });
});

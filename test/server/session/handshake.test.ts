/** Every message in every state of a connection, and every answer to a hello. */
import { describe, expect, test } from "bun:test";
import { refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import type { MemberState } from "../../../lib/server/room/member.ts";
import type { CoreEffect } from "../../../lib/server/room/state.ts";
import type { ConnectionId } from "../../../lib/server/session/identity.ts";
import type { Scene } from "../room/scene.ts";
import { closings, createScene, hello, local, messagesTo, namesIn, sent } from "../room/scene.ts";

const reach: Record<MemberState, (scene: Scene) => ConnectionId> = {
  new: (scene) => scene.connect(),
  in: (scene) => scene.join("alice"),
  away(scene) {
    const id = scene.joinKnown("alice");
    scene.feed({ type: "broken", id, why: refusal("too-slow") });
    return id;
  },
  gone(scene) {
    const id = scene.connect();
    scene.tell(id, { type: "who" });
    return id;
  },
};

type Verdict = "legal" | "out-of-order" | "ignored";
const states = ["new", "in", "away", "gone"] as const;
const verdicts: Record<ClientMessage["type"] | "voice", [Verdict, Verdict, Verdict, Verdict]> = {
  hello: ["legal", "out-of-order", "ignored", "ignored"],
  say: ["out-of-order", "legal", "ignored", "ignored"],
  whisper: ["out-of-order", "legal", "ignored", "ignored"],
  who: ["out-of-order", "legal", "ignored", "ignored"],
  rename: ["out-of-order", "legal", "ignored", "ignored"],
  requestFloor: ["out-of-order", "legal", "ignored", "ignored"],
  releaseFloor: ["out-of-order", "legal", "ignored", "ignored"],
  quit: ["legal", "legal", "ignored", "ignored"],
  voice: ["out-of-order", "legal", "ignored", "ignored"],
  ping: ["legal", "legal", "ignored", "ignored"],
  pong: ["legal", "legal", "ignored", "ignored"],
  clips: ["out-of-order", "legal", "ignored", "ignored"],
  fetch: ["out-of-order", "legal", "ignored", "ignored"],
  history: ["out-of-order", "legal", "ignored", "ignored"],
  search: ["out-of-order", "legal", "ignored", "ignored"],
  unlock: ["legal", "out-of-order", "ignored", "ignored"],
  prove: ["legal", "out-of-order", "ignored", "ignored"],
  whois: ["out-of-order", "legal", "ignored", "ignored"],
  moderate: ["out-of-order", "legal", "ignored", "ignored"],
};

const examples: Record<ClientMessage["type"], ClientMessage> = {
  hello: hello("alice"),
  say: { type: "say", text: "hi", ref: "r" },
  whisper: { type: "whisper", to: "bob", text: "hi", ref: "r" },
  who: { type: "who" },
  rename: { type: "rename", name: "al" },
  requestFloor: { type: "requestFloor", seconds: 5, ref: "r" },
  releaseFloor: { type: "releaseFloor", stream: 1, reason: "done" },
  quit: { type: "quit" },
  ping: { type: "ping", sent: 0 },
  pong: { type: "pong", sent: 0 },
  clips: { type: "clips", ref: "r" },
  fetch: { type: "fetch", first: 0, ref: "r" },
  history: { type: "history", limit: 20, ref: "r" },
  search: { type: "search", words: "hi", limit: 20, ref: "r" },
  unlock: { type: "unlock", request: "x" },
  prove: { type: "prove", finish: "x", proof: "x" },
  whois: { type: "whois", name: "bob", ref: "r" },
  moderate: { type: "moderate", action: "bans", ref: "r" },
};

function send(scene: Scene, id: ConnectionId, type: keyof typeof verdicts): CoreEffect[] {
  return type === "voice" ? scene.speak(id, 1) : scene.tell(id, examples[type]);
}

const cases = Object.entries(verdicts).flatMap(([type, row]) =>
  states.map((state, column) => [type as keyof typeof verdicts, state, row[column]] as const),
);

test.each(cases)("%s while %s is %s", (type, state, verdict) => {
  const scene = createScene();
  scene.join("bob");
  const id = reach[state](scene);
  const effects = send(scene, id, type);
  const isTurnedAway = closings(effects).some(([, code]) => code === "out-of-order");
  expect(isTurnedAway).toBe(verdict === "out-of-order");
  if (verdict === "ignored") expect(effects).toEqual([]);
  if (verdict === "out-of-order") expect(send(scene, id, type)).toEqual([]);
});

describe("a hello", () => {
  test("is welcomed, and the others hear of it first", () => {
    const scene = createScene({ motd: "Be kind." });
    const bob = scene.join("bob");
    const alice = scene.connect();
    expect(scene.tell(alice, hello("alice"))).toEqual([
      sent([bob], { type: "joined", name: "alice", guest: true }),
      sent([alice], {
        type: "welcome",
        protocol: 1,
        you: "alice",
        room: "Lab 3",
        members: ["bob"],
        lastId: 41,
        talking: [],
        motd: "Be kind.",
        server: "holler-server test",
        history: scene.history.name,
        guests: ["bob"],
      }),
      { type: "log", id: alice, what: "joined", name: "alice" },
    ]);
    expect(namesIn(scene)).toEqual(["bob", "alice"]);
  });

  test("in the first person's name tells nobody else", () => {
    const scene = createScene();
    const alice = scene.connect();
    const [first] = scene.tell(alice, hello("Zoe\u0308"));
    expect(first).toMatchObject({ type: "send", to: [alice], message: { you: "Zoë", members: [] } });
  });

  test("learns who is talking to everybody, not who is talking to one", () => {
    const scene = createScene({ speakersMax: 2 });
    const bob = scene.join("bob");
    const carol = scene.join("carol");
    scene.tell(bob, { type: "requestFloor", seconds: 5, ref: "r" });
    scene.tell(carol, { type: "requestFloor", seconds: 5, to: "bob", ref: "r" });
    const early = scene.connect();
    expect(messagesTo(early, scene.tell(early, hello("early")))[0]).toMatchObject({ talking: [] });
    scene.speak(bob, 1);
    scene.speak(carol, 2);
    const late = scene.connect();
    const [welcome] = messagesTo(late, scene.tell(late, hello("late")));
    expect(welcome).toMatchObject({ talking: [{ stream: 1, from: "bob" }] });
  });

  const refused: [string, ClientMessage, string][] = [
    ["a name that is taken", hello("bob"), "name-taken"],
    ["a name taken in another case", hello("BOB"), "name-taken"],
    ["no name", hello(""), "name-invalid"],
    ["a name with a blank", hello("b ob"), "name-invalid"],
    ["a name too long", hello("b".repeat(25)), "name-invalid"],
    ["an older protocol", { ...hello("alice"), protocol: 0 } as ClientMessage, "protocol-version"],
    ["a newer protocol", { ...hello("alice"), protocol: 2 } as ClientMessage, "protocol-version"],
  ];
  test.each(refused)("with %s is refused, and nobody hears of it", (_, message, code) => {
    const scene = createScene();
    scene.join("bob");
    const id = scene.connect();
    expect(scene.tell(id, message)).toEqual([
      { type: "log", id, what: "refused", name: "", detail: code },
      { type: "close", id, why: expect.objectContaining({ code }) },
    ]);
    expect(namesIn(scene)).toEqual(["bob"]);
    expect(scene.feed({ type: "closed", id })).toEqual([]);
  });

  test("is refused in a full room, until somebody leaves", () => {
    const scene = createScene({ clientsMax: 2 });
    const bob = scene.join("bob");
    scene.join("carol");
    const id = scene.connect();
    expect(closings(scene.tell(id, hello("dave")))).toEqual([[id, "room-full"]]);
    scene.feed({ type: "closed", id: bob });
    const again = scene.connect();
    expect(closings(scene.tell(again, hello("dave")))).toEqual([]);
  });

  test("may bear the name of one who left or was renamed", () => {
    const scene = createScene();
    const bob = scene.join("bob");
    const carol = scene.join("carol");
    scene.feed({ type: "closed", id: bob });
    scene.tell(carol, { type: "rename", name: "caroline" });
    for (const name of ["bob", "carol"]) {
      const id = scene.connect();
      expect(closings(scene.tell(id, hello(name)))).toEqual([]);
    }
  });
});

describe("no hello", () => {
  test("in time closes the connection, of those that waited long enough", () => {
    const scene = createScene();
    const first = scene.connect();
    scene.pass(1);
    const second = scene.connect();
    expect(scene.room.deadline()).toBe(limits.helloTimeoutMs);
    scene.pass(limits.helloTimeoutMs - 2);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    expect(closings(scene.tick())).toEqual([[first, "hello-timeout"]]);
    expect(scene.room.deadline()).toBe(limits.helloTimeoutMs + 1);
    scene.pass(1);
    expect(closings(scene.tick())).toEqual([[second, "hello-timeout"]]);
    expect(scene.room.deadline()).toBeUndefined();
  });

  test("from more than may wait closes the one that waited longest, so that others come in", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const idle = Array.from({ length: limits.pendingConnectionsMax }, () => scene.connect());
    const [longest = 0, next = 0] = idle;
    const bob = 1 + alice + idle.length;
    expect(scene.feed({ type: "connected", id: bob, origin: local })).toEqual([
      { type: "log", id: longest, what: "refused", name: "", detail: "too-many" },
      { type: "close", id: longest, why: expect.objectContaining({ code: "too-many" }) },
    ]);
    scene.tell(bob, hello("bob"));
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
    expect(scene.feed({ type: "connected", id: bob + 1, origin: local })).toEqual([]);
    expect(closings(scene.feed({ type: "connected", id: bob + 2, origin: local }))).toEqual([
      [next, "too-many"],
    ]);
  });

  test("is no matter for one who is in, or who went away", () => {
    const scene = createScene();
    scene.join("alice");
    const id = scene.connect();
    scene.feed({ type: "closed", id });
    expect(scene.room.deadline()).toBeUndefined();
    scene.pass(limits.helloTimeoutMs);
    expect(scene.tick()).toEqual([]);
  });
});

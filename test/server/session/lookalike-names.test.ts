/** Names that look like the name of another person are refused, wherever a name comes in. */
import { describe, expect, test } from "bun:test";
import type { Credentials, Scene } from "../room/scene.ts";
import {
  closings,
  createScene,
  effectsOf,
  messagesTo,
  namesIn,
  reconnect,
  refusalsTo,
} from "../room/scene.ts";

const cyrillicA = "\u0430";
/** Looks like alice. */
const look = `${cyrillicA}lice`;

/** Says hello and returns the refusal, if there is one. */
function refused(scene: Scene, name: string, credentials: Credentials = {}) {
  return effectsOf("close", reconnect(scene, name, credentials).effects)[0]?.why;
}

function visit(scene: Scene, name: string, credentials: Credentials) {
  scene.tell(reconnect(scene, name, credentials).id, { type: "quit" });
}

const renameTo = (scene: Scene, id: number, name: string) =>
  refusalsTo(id, scene.tell(id, { type: "rename", name, ref: "r" }));

describe("a name that looks like", () => {
  test("the name of a member is refused with `name-taken`, and the refusal names both", () => {
    const scene = createScene();
    scene.joinWithKey("Alice");
    expect(refused(scene, look, { publicKey: "B" })).toEqual({
      code: "name-taken",
      message: `The name ${look} looks like Alice, which is taken; choose another.`,
      name: look,
      like: "Alice",
    });
  });

  test("the name of a guest, a detached session or an absent owner is refused", () => {
    const scene = createScene();
    scene.join("alice");
    scene.lose(scene.joinWithKey("bob"));
    visit(scene, "carol", { publicKey: "C" });
    for (const name of [look, "b\u043eb", "c\u0430rol"])
      for (const credentials of [{}, { publicKey: "X" }, { publicKey: "X", guest: true }])
        expect(refused(scene, name, credentials)?.code).toBe("name-taken");
  });

  test("a name that is free again is not refused", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const bob = scene.joinWithKey("bob");
    scene.tell(alice, { type: "quit" });
    scene.tell(bob, { type: "moderate", action: "release", name: "bob", ref: "r" });
    scene.tell(bob, { type: "quit" });
    for (const name of [look, "b\u043eb"]) expect(refused(scene, name)).toBeUndefined();
  });

  test("another name of the same key is not refused", () => {
    const scene = createScene();
    scene.joinWithKey("alice", { publicKey: "A", session: "1" });
    visit(scene, "ali", { publicKey: "A" });
    expect(refused(scene, look, { publicKey: "A", session: "2" })).toBeUndefined();
    expect(refused(scene, "a1i", { publicKey: "A", session: "3" })).toBeUndefined();
  });

  test("a name of --op is refused before that name has an owner, so that the operator can come in", () => {
    const scene = createScene({ operators: ["alice"] });
    for (const credentials of [{}, { publicKey: "X" }])
      expect(refused(scene, look, credentials)).toMatchObject({ code: "name-taken", like: "alice" });
    expect(refused(scene, "alice", { publicKey: "A" })).toBeUndefined();
  });
});

describe("a member", () => {
  test("cannot change to a name that looks like another's, and can to one that looks like its own", () => {
    const scene = createScene();
    scene.joinWithKey("alice");
    const bob = scene.joinWithKey("bob");
    expect(renameTo(scene, bob, look)).toEqual(["name-taken"]);
    expect(renameTo(scene, bob, "b0b")).toEqual([]);
    expect(renameTo(scene, bob, "bob")).toEqual([]);
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
  });

  test("that changes its name frees what looked like the name before", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    expect(renameTo(scene, alice, "bob")).toEqual([]);
    expect(refused(scene, look)).toBeUndefined();
    expect(refused(scene, "b0b")?.code).toBe("name-taken");
  });

  test("cannot spell its name so that it looks like another's", () => {
    const scene = createScene();
    scene.joinWithKey("alice");
    const owner = scene.joinWithKey("aiice");
    const guest = scene.join("aiice2");
    expect(renameTo(scene, owner, "aIice")).toEqual(["name-taken"]);
    expect(renameTo(scene, guest, "aIice2")).toEqual([]);
    scene.tell(owner, { type: "quit" });
    expect(refused(scene, "aIice", { publicKey: "key of aiice" })?.code).toBe("name-taken");
    expect(refused(scene, "aiice", { publicKey: "key of aiice" })).toBeUndefined();
  });
});

describe("names that look alike and were registered by an older server", () => {
  /** Both owned, as in the file of a server that did not compare looks. */
  function upgraded() {
    const scene = createScene();
    scene.registry.apply({ type: "own", name: "alice", publicKey: "A" });
    scene.registry.apply({ type: "own", name: look, publicKey: "B" });
    return scene;
  }

  test("go on working for their owners, together", () => {
    const scene = upgraded();
    expect(refused(scene, "alice", { publicKey: "A" })).toBeUndefined();
    const { id } = reconnect(scene, look, { publicKey: "B" });
    expect(namesIn(scene)).toEqual(["alice", look]);
    expect(renameTo(scene, id, "bob")).toEqual([]);
    expect(renameTo(scene, id, look)).toEqual([]);
  });

  test("are refused to everyone else", () => {
    const scene = upgraded();
    for (const name of ["aIice", "\uff41lice", look, "alice"])
      expect(refused(scene, name, { publicKey: "X" })?.code).toBe("name-taken");
  });

  test("are restored after a crash, and their sessions are resumed", () => {
    const scene = upgraded();
    const members = [
      { publicKey: "A", name: "alice" },
      { publicKey: "B", name: look },
    ];
    scene.feed({ type: "restored", members });
    for (const { publicKey, name } of members) {
      const { id, effects } = reconnect(scene, name, { publicKey, session: "s" });
      expect(closings(effects)).toEqual([]);
      expect(messagesTo(id, effects)[0]).toMatchObject({ type: "welcome", you: name });
    }
  });
});

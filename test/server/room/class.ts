/** A room with an operator, somebody with a key and a guest, and short ways to see what they may do. */
import type { ModerationRequest } from "../../../lib/protocol/moderation-commands.ts";
import type { CoreEffect } from "../../../lib/server/room/state.ts";
import type { Known, Scene } from "./scene.ts";
import { closings, createScene, messagesTo, origin, refusalsTo } from "./scene.ts";

/** The operator alice, bob with a key, and the guest carol from elsewhere; zoe is not here, and owns her name. */
export function createClass() {
  const scene = createScene({ operators: ["alice"], speakersMax: 2 });
  const [alice, bob] = [scene.joinKnown("alice"), scene.joinKnown("Bob")];
  const carol = scene.connect(origin());
  scene.greet(carol, "carol", {});
  scene.registry.apply({ type: "own", name: "zoe", publicKey: "publicKey of zoe" });
  const moderate = (id: number, deed: ModerationRequest) =>
    scene.tell(id, { type: "moderate", ...deed, ref: "m" });
  return { scene, alice, bob, carol, moderate };
}

/** By what bob comes back. */
export const bobs = { publicKey: "key of Bob", session: "Bob's program" };
let lines = 0;
function nextRef(): string {
  lines += 1;
  return `r${lines}`;
}

/** Says something, and returns why that was refused. */
export const say = (scene: Scene, id: number) =>
  refusalsTo(id, scene.tell(id, { type: "say", text: "hi", ref: nextRef() }));
export const whisper = (scene: Scene, id: number, to: string) =>
  refusalsTo(id, scene.tell(id, { type: "whisper", to, text: "hi", ref: nextRef() }));
/** Connects, says hello, and returns why that was refused. */
export const refusedAs = (scene: Scene, name: string, known: Known, from = origin()) => {
  const id = scene.connect(from);
  return closings(scene.greet(id, name, known))[0]?.[1];
};

/** Who is told of a deed, and what. */
export function told(effects: CoreEffect[], ...ids: number[]) {
  return ids.map((id) => messagesTo(id, effects).filter(({ type }) => type === "moderated"));
}

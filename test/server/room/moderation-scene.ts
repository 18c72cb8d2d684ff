/** A room with an operator, a member with a key and a guest, and short ways to see what each may do. */
import type { ModerationRequest } from "../../../lib/protocol/moderation-commands.ts";
import type { CoreEffect } from "../../../lib/server/core.ts";
import type { Credentials, Scene } from "./scene.ts";
import { closings, createScene, messagesTo, origin, refusalsTo } from "./scene.ts";

/** The operator alice, bob with a key, and the guest carol from another machine; zoe is absent, and owns her name. */
export function createModerationScene() {
  const scene = createScene({ operators: ["alice"], speakersMax: 2 });
  const [alice, bob] = [scene.joinWithKey("alice"), scene.joinWithKey("Bob")];
  const carol = scene.connect(origin());
  scene.greet(carol, "carol", {});
  scene.registry.apply({ type: "own", name: "zoe", publicKey: "key of zoe" });
  const moderate = (id: number, request: ModerationRequest) =>
    scene.tell(id, { type: "moderate", ...request, ref: "m" });
  return { scene, alice, bob, carol, moderate };
}

/** With these bob resumes his session. */
export const bobCredentials = { publicKey: "key of Bob", session: "Bob's program" };
let lines = 0;
function nextRef(): string {
  lines += 1;
  return `r${lines}`;
}

/** Says a line, and returns the codes of the refusals. */
export const say = (scene: Scene, id: number) =>
  refusalsTo(id, scene.tell(id, { type: "say", text: "hi", ref: nextRef() }));
export const whisper = (scene: Scene, id: number, to: string) =>
  refusalsTo(id, scene.tell(id, { type: "whisper", to, text: "hi", ref: nextRef() }));
/** Connects, says hello, and returns the code of the refusal. */
export const refusedAs = (scene: Scene, name: string, credentials: Credentials, from = origin()) => {
  const id = scene.connect(from);
  return closings(scene.greet(id, name, credentials))[0]?.[1];
};

/** The `moderated` messages to each of these connections. */
export function told(effects: CoreEffect[], ...ids: number[]) {
  return ids.map((id) => messagesTo(id, effects).filter(({ type }) => type === "moderated"));
}

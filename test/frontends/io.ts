/** What the tests of the script and plain front ends share: events, and streams with the calls that were made. */
import type { ClientEvent, Command } from "../../lib/client/api.ts";
import { memoryInput, memoryOutput } from "./memory.ts";

const at = "2026-11-22T10:00:00.000Z";
export const hello: ClientEvent = { type: "said", id: 1, from: "bob", text: "hello", at };
export const welcome: ClientEvent = { type: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 };

/** Streams in memory, and the calls of the front end's callbacks. */
export function createIo() {
  const [input, output, errors] = [memoryInput(), memoryOutput(), memoryOutput()];
  const commands: Command[] = [];
  const ends: true[] = [];
  return {
    input,
    output,
    errors,
    commands,
    ends,
    onCommand: (command: Command) => void commands.push(command),
    onEnd: () => void ends.push(true),
  };
}

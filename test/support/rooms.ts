/** What a room is made of where a test does not care: its options, and a shelf for its clips. */
import type { RoomOptions } from "../../lib/room/state.ts";
import type { ClipShelf } from "../../lib/server/clip-shelf.ts";
import { createClipShelf } from "../../lib/server/clip-shelf.ts";
import type { Log } from "../../lib/server/log.ts";
import { openRoomMemory } from "../../lib/server/room-file.ts";
import { createSqliteClips } from "../../lib/server/sqlite-clips.ts";

export const roomOptions: RoomOptions = {
  name: "Lab 3",
  clientsMax: 10,
  speakersMax: 1,
  lastId: 0,
  keepsClips: true,
  lastClip: 0,
  server: "holler-server test",
};

/** A shelf that forgets everything in the end. */
export function memoryShelf(log: Log): ClipShelf {
  return createClipShelf(createSqliteClips(openRoomMemory(), { days: 7, bytesMax: 1_000_000 }), log);
}

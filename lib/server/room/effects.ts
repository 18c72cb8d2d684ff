/** What the core asks of its runtime on behalf of the room. */
import type { ServerMessage } from "../../protocol/messages.ts";
import type { LogEffect, Send } from "../session/effects.ts";
import type { ConnectionId, PublicKey } from "../session/identity.ts";
import type { Clip } from "./clip.ts";
import type { HistoryQuery, Line } from "./history.ts";

export type RoomEffect =
  | Send
  | LogEffect
  /**
   * Keep this line, then send. If it cannot be kept, send `not-saved` with this ref to its author instead. Without
   * `line`: it is kept already in the same commit, and would be lost with it.
   */
  | { type: "line"; line?: Line; sends: Send[]; author: ConnectionId; ref: string }
  /** Record the user of this name: whether it is a member, and the last id of the room, up to which it has read. */
  | { type: "presence"; publicKey: PublicKey; name: string; isPresent: boolean; lastId: number }
  /** Answer with the lines of this query. */
  | { type: "history-query"; id: ConnectionId; ref: string; query: HistoryQuery }
  /** Pass the body of a voice frame on as it is, to all of these but one. */
  | { type: "relay"; to: readonly ConnectionId[]; except: ConnectionId; body: Uint8Array }
  /** Keep a clip, then send the end of its transmission, with the clip's number if it could be kept. */
  | {
      type: "clip";
      clip: Clip;
      packets: Uint8Array[];
      to: readonly ConnectionId[];
      ended: Extract<ServerMessage, { type: "voiceEnded" }>;
    }
  | { type: "clips-forgotten"; clips: number[] }
  /** Answer with the list of clips; of the private ones only these. */
  | { type: "list-clips"; id: ConnectionId; ref: string; privateClips: number[] }
  /** Answer with packets of this clip, or of the newest; of the private ones only these may be heard. */
  | {
      type: "fetch-clip";
      id: ConnectionId;
      ref: string;
      clip?: number;
      first: number;
      privateClips: number[];
    };

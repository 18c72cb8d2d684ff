/** What the core asks of its runtime on behalf of the room. */
import type { ServerMessageOf } from "../../protocol/messages.ts";
import type { LogEffect, Send } from "../session/effects.ts";
import type { ConnectionId, PublicKey } from "../session/identity.ts";
import type { Clip } from "./clip.ts";
import type { HistoryQuery, Line } from "./history.ts";

export type RoomEffect =
  | Send
  | LogEffect
  /**
   * Store this line, then send. If it cannot be stored, send `not-saved` with this ref to its author instead. Without
   * `line`: a repeated line, which an open commit contains already and which is lost if that commit is lost.
   */
  | { type: "line"; line?: Line; sends: Send[]; author: ConnectionId; ref: string }
  /** Record whether the user of this name is a member, and `lastId`: all lines up to it count as read. */
  | { type: "presence"; publicKey: PublicKey; name: string; isPresent: boolean; lastId: number }
  /** Answer with the lines of this query. */
  | { type: "history-query"; id: ConnectionId; ref: string; query: HistoryQuery }
  /** Pass the unchanged body of a voice frame on to the connections in `to`, without `except`. */
  | { type: "relay"; to: readonly ConnectionId[]; except: ConnectionId; body: Uint8Array }
  /** Store a clip, then send the end of its transmission, with the clip's number if it could be stored. */
  | {
      type: "clip";
      clip: Clip;
      packets: Uint8Array[];
      to: readonly ConnectionId[];
      ended: ServerMessageOf<"voiceEnded">;
    }
  | { type: "clips-forgotten"; clips: number[] }
  /** Answer with the list of public clips and these private ones. */
  | { type: "list-clips"; id: ConnectionId; ref: string; privateClips: number[] }
  /** Answer with packets of this clip, or of the newest; the only private clips that may be heard are these. */
  | {
      type: "fetch-clip";
      id: ConnectionId;
      ref: string;
      clip?: number;
      first: number;
      privateClips: number[];
    };

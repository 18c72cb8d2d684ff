/**
 * The core of the server: sessions and room behind one function (sans-IO: no clock, socket or disk). Inputs and the time
 * come in, effects come out, to be run in their order.
 */
import type { Now } from "../base/now.ts";
import type { RoomEffect } from "./room/effects.ts";
import type { ConsoleMessage } from "./room/room.ts";
import { createRoom } from "./room/room.ts";
import type { RoomOptions } from "./room/state.ts";
import type { SessionEffect } from "./session/effects.ts";
import type { SessionInput, Sessions } from "./session/sessions.ts";
import { createSessions } from "./session/sessions.ts";
import type { SessionOptions } from "./session/state.ts";

export type { ConsoleMessage } from "./room/room.ts";
export { consoleId } from "./room/room.ts";
export type { Send } from "./session/effects.ts";
export type { CoreMessage } from "./session/sessions.ts";

export type CoreInput =
  | SessionInput
  /** A message of the server's console; the answer goes to `consoleId`. */
  | { type: "console"; message: ConsoleMessage }
  /** The deadline was reached. */
  | { type: "tick" }
  /** The server stops. */
  | { type: "shutdown" };

export type CoreEffect = SessionEffect | RoomEffect;

export type CoreOptions = SessionOptions & RoomOptions;

export interface Core {
  /** Changes the core by one input; the effects are to be run in their order. Never throws for what a client sent. */
  handle(input: CoreInput, now: Now): CoreEffect[];
  /** When `tick` is due, on the monotonic clock. */
  deadline(): number | undefined;
}

/** A core without connections, and with an empty room. */
export function createCore(options: CoreOptions): Core {
  let effects: CoreEffect[] = [];
  const emit = (effect: CoreEffect): void => void effects.push(effect);
  const room = createRoom(options, () => sessions, emit);
  const sessions: Sessions = createSessions(options, room, emit);

  function run(input: CoreInput, now: Now): void {
    switch (input.type) {
      case "tick":
        room.expire(now);
        return sessions.expire(now);
      case "shutdown":
        room.close();
        return sessions.close();
      case "console":
        return room.console(input.message, now);
      default:
        return sessions.handle(input, now);
    }
  }

  return {
    handle(input, now) {
      effects = [];
      run(input, now);
      return effects;
    },
    deadline() {
      const never = Number.POSITIVE_INFINITY;
      const earliest = Math.min(room.deadline() ?? never, sessions.deadline() ?? never);
      return earliest === never ? undefined : earliest;
    },
  };
}

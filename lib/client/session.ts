/** One stay in a room: joins it, then carries everything between the front end, the chat, the link and the voice. */
import { exitStatus, Failure } from "../protocol/failure.ts";
import { cleanLine } from "../protocol/text.ts";
import type { Front, Intent } from "../terminal/events.ts";
import type { Voice, VoiceEvent } from "../voice/voice.ts";
import { createChat } from "./chat.ts";
import type { ChatEffect, ChatInput } from "./chat-state.ts";
import type { JoinOptions, Welcome } from "./join.ts";
import { joinRoom } from "./join.ts";
import type { Link, LinkSink } from "./link.ts";

export interface SessionOptions extends Omit<JoinOptions, "onWelcome" | "hearsVoice"> {
  front: Pick<Front, "show">;
  /** Makes the voice; none: `--no-voice`. Called once, after the welcome. */
  openVoice?: ((onEvent: (event: VoiceEvent) => void) => Promise<Voice>) | undefined;
}

export interface Session {
  /** What the person or script wishes; kept until the room is joined. Resolves when more may follow. */
  intend(intent: Intent): Promise<void>;
  /** No wish follows: leave as soon as everything sent is confirmed. */
  finish(): void;
  /** Leave now, whatever is still under way. */
  leave(): void;
  /** Who can be addressed. */
  others(): string[];
  /** Joins, and resolves when we have left: false when something we wished was refused. Rejects with a Failure. */
  run(): Promise<boolean>;
}

/** A script may have this many lines on their way before it has to wait for the confirmations. */
const unconfirmedMax = 64;
/** How long leaving may take when the server does not close the connection. */
const farewellMs = 1_000;

export function createSession(options: SessionOptions): Session {
  const chat = createChat({
    refPrefix: crypto.randomUUID().slice(0, 8),
    voice: options.openVoice !== undefined,
  });
  const over = Promise.withResolvers<boolean>();
  const early: Intent[] = [];
  let room = "the room";
  let link: Link | undefined;
  let voice: Voice | undefined;
  let voiceOpening: Promise<Voice | undefined> | undefined;
  let isFinishing = false;
  let isLeaving = false;
  let settled = Promise.withResolvers<void>();

  function feed(input: ChatInput): void {
    for (const effect of chat.handle(input)) run(effect);
    if (chat.unconfirmed() < unconfirmedMax) {
      settled.resolve();
      settled = Promise.withResolvers();
    }
    leaveIfDone();
  }

  function leaveIfDone(): void {
    if (!isFinishing || isLeaving || link === undefined || early.length > 0 || chat.isBusy()) return;
    feed({ from: "person", intent: { do: "quit" } });
  }

  /** Voice may still be loading: orders wait for it, in their order. */
  function withVoice(use: (voice: Voice) => void): void {
    if (voice === undefined) void voiceOpening?.then((opened) => opened && use(opened));
    else use(voice);
  }

  function run(effect: ChatEffect): void {
    switch (effect.do) {
      case "send":
        return link?.send(effect.message);
      case "send-voice":
        return link?.sendVoice(effect.frame);
      case "show":
        return options.front.show(effect.event);
      case "record":
        return withVoice((open) => open.record(effect.seconds));
      case "stop-recording":
        return withVoice((open) => open.stop());
      case "cancel-recording":
        return withVoice((open) => open.cancel());
      case "play":
        return withVoice((open) => open.play(effect.stream));
      case "play-frame": {
        const { stream, sequence, capturedAt, payload } = effect.frame;
        return withVoice((open) => open.frame(stream, sequence, capturedAt, payload));
      }
      case "play-end":
        return withVoice((open) => open.end(effect.stream, effect.how));
      case "leave":
        return leave();
    }
  }

  function leave(): void {
    if (isLeaving) return;
    isLeaving = true;
    if (link === undefined) return over.resolve(true);
    // The server closes once it has sent what was still to come.
    setTimeout(() => over.resolve(!chat.hasFailed()), farewellMs);
  }

  function welcomed(joinedLink: Link, welcome: Welcome): LinkSink {
    link = joinedLink;
    room = cleanLine(welcome.room);
    voiceOpening = openVoice();
    feed({ from: "server", message: welcome });
    for (let intent = early.shift(); intent !== undefined; intent = early.shift())
      feed({ from: "person", intent });
    leaveIfDone();
    return {
      message: (message) => feed({ from: "server", message }),
      voice: (frame) => feed({ from: "speaker", frame }),
      closed(why) {
        if (isLeaving) return over.resolve(!chat.hasFailed());
        if (why === undefined) options.front.show({ event: "connection", state: "lost" });
        const lost = { code: "connection-lost", message: `The connection to ${room} was lost.` };
        const { code, message } = why ?? lost;
        over.reject(new Failure(cleanLine(code), exitStatus.failed, cleanLine(message)));
      },
    };
  }

  /** Loaded after the welcome, so that it delays nobody's coming in. */
  async function openVoice(): Promise<Voice | undefined> {
    voice = await options.openVoice?.((event) => {
      if (event.type !== "played" && event.type !== "capture-started") feed({ from: "voice", news: event });
    });
    voice?.warm();
    return voice;
  }

  return {
    async intend(intent) {
      if (isLeaving) return;
      if (link !== undefined) feed({ from: "person", intent });
      else if (intent.do === "quit" && options.asker !== undefined) leave();
      else early.push(intent);
      if (chat.unconfirmed() >= unconfirmedMax || early.length >= unconfirmedMax) await settled.promise;
    },
    finish() {
      isFinishing = true;
      if (link !== undefined && !isLeaving && !chat.isBusy())
        feed({ from: "person", intent: { do: "quit" } });
    },
    leave() {
      if (link === undefined) leave();
      else if (!isLeaving) feed({ from: "person", intent: { do: "quit" } });
    },
    others: () => chat.others(),
    async run() {
      try {
        const joining = joinRoom({
          ...options,
          hearsVoice: options.openVoice !== undefined,
          onWelcome: welcomed,
        });
        // Whoever leaves while the room is still being looked for need not wait for it.
        await Promise.race([joining, over.promise]);
        const isContent = await over.promise;
        // What joining keeps on disk is to be whole; one who never came in does not wait for a room.
        if (link !== undefined) await joining;
        return isContent;
      } finally {
        await (await voiceOpening)?.close();
      }
    },
  };
}

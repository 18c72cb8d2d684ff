/**
 * One stay in a room: joins it, comes back when the connection is lost, and carries everything between the front
 * end, the chat, the link and the voice.
 */
import { cleanLine } from "../../protocol/text.ts";
import type { Command, FrontEnd } from "../api.ts";
import type { Chat } from "../core/chat.ts";
import { createChat } from "../core/chat.ts";
import type { ChatEffect, ChatInput } from "../core/state.ts";
import { saveClip } from "../desktop/save-clip.ts";
import type { OpenAudio, Sound } from "./audio.ts";
import { createSound } from "./audio.ts";
import { createRefs } from "./client-message-ids.ts";
import type { Welcome } from "./handshake.ts";
import { notLetIn } from "./handshake.ts";
import type { Pace } from "./in-flight-window.ts";
import { createPace } from "./in-flight-window.ts";
import type { JoinOptions } from "./join.ts";
import { joinRoom } from "./join.ts";
import type { SeenKeeper } from "./read-marker.ts";
import { createSeenKeeper } from "./read-marker.ts";
import { passing } from "./reconnect.ts";
import type { Returning } from "./reconnector.ts";
import { createReturning } from "./reconnector.ts";
import type { Link, LinkSink } from "./server-connection.ts";

export interface SessionOptions extends Omit<JoinOptions, "onWelcome" | "hearsVoice" | "session"> {
  front: Pick<FrontEnd, "show">;
  /** How many earlier lines to show on coming in; 0: nothing that was said without us is shown. */
  earlierLines: number;
  /** Makes the voice; none: `--no-voice`. Called once, after the welcome. */
  openVoice?: OpenAudio;
}

export interface Session {
  /** What the person or script wishes; kept until the room is joined. Resolves when more may follow. */
  intend(intent: Command): Promise<void>;
  /** No wish follows: leave as soon as everything sent is confirmed. */
  finish(): void;
  /** Leave now, whatever is still under way. */
  leave(): void;
  /** Who can be addressed. */
  others(): string[];
  /** Whether we are an operator. */
  isOperator(): boolean;
  /** Joins, and resolves when we have left: false when something we wished was refused or not sent. Rejects with a Failure. */
  run(): Promise<boolean>;
}

/** How long leaving may take when the server does not close the connection. */
const farewellMs = 1_000;
/** How long a server may take to send the clips that one who leaves is saving. */
const savingMs = 5_000;
/** The chat sees how its connection is this often, and a few times soon after the welcome. */
const soonMs = [300, 600];
const lookEveryMs = 1_000;
/** How long one whose input has ended waits for a lost connection: nobody can tell it to stop. */
const patienceMs = 30_000;

/** What the functions of this file share. */
interface Stay {
  readonly options: SessionOptions;
  readonly chat: Chat;
  readonly pace: Pace;
  readonly sound: Sound;
  readonly timers: Timer[];
  /** Settled when the file that is being written is there, or is not. */
  saving: Promise<void>;
  /** Settled when we have left. */
  readonly over: PromiseWithResolvers<void>;
  /** For the sentence that says which connection was lost. */
  room: string;
  /** By which a server knows this run of the program again. */
  readonly session: string;
  /** Undefined while we are not in. */
  link: Link | undefined;
  hasJoined: boolean;
  readonly returning: Returning;
  patience: Timer | undefined;
  /** None: who shows nothing has read nothing. */
  seen: SeenKeeper | undefined;
  /** No wish follows. */
  isFinishing: boolean;
  isLeaving: boolean;
}

export function createSession(options: SessionOptions): Session {
  const chat = createChat({
    newRef: createRefs(),
    voice: options.openVoice !== undefined,
    earlierLines: options.earlierLines,
  });
  const stay: Stay = {
    options,
    chat,
    pace: createPace(() => chat.unconfirmed()),
    sound: createSound(options.openVoice, (news) => feed(stay, { type: "voice", news })),
    timers: [],
    saving: Promise.resolve(),
    over: Promise.withResolvers(),
    room: "the room",
    session: crypto.randomUUID(),
    link: undefined,
    hasJoined: false,
    returning: createReturning({
      asker: options.asker,
      onWelcome: (link, welcome) => welcomed(stay, link, welcome),
      onFailure: (failure) => stay.over.reject(failure),
    }),
    patience: undefined,
    seen: undefined,
    isFinishing: false,
    isLeaving: false,
  };
  return {
    intend: (intent) => intend(stay, intent),
    finish() {
      stay.isFinishing = true;
      endInput(stay);
      leaveIfDone(stay);
      losePatience(stay);
    },
    leave: () => quit(stay),
    others: () => chat.others(),
    isOperator: () => chat.isOperator(),
    run: () => run(stay),
  };
}

async function run(stay: Stay): Promise<boolean> {
  const { options, over, sound } = stay;
  try {
    if (options.earlierLines > 0) stay.seen = await createSeenKeeper(options.store);
    const joining = joinRoom({
      ...options,
      session: stay.session,
      hearsVoice: options.openVoice !== undefined,
      onWelcome: (link, welcome) => welcomed(stay, link, welcome),
    }).then(stay.returning.knows);
    // Whoever leaves while the room is still being looked for need not wait for it.
    await Promise.race([joining, over.promise]);
    await over.promise;
    // What joining keeps on disk is to be whole; one who never came in does not wait for a room.
    if (stay.hasJoined) await joining;
    // Whether that was done is part of the answer.
    await stay.saving;
    feed(stay, { type: "session", wants: "give-up" });
    return isContent(stay);
  } finally {
    stay.returning.stop();
    for (const timer of [...stay.timers, stay.patience]) clearTimeout(timer);
    await Promise.all([sound.close(), stay.saving, stay.seen?.close()]);
  }
}

function welcomed(stay: Stay, link: Link, welcome: Welcome): LinkSink {
  stay.link = link;
  stay.returning.welcomed();
  clearTimeout(stay.patience);
  if (stay.hasJoined) feed(stay, { type: "server", message: welcome });
  else comeIn(stay, welcome);
  return {
    message: (message) => feed(stay, { type: "server", message }),
    voice: (frame) => feed(stay, { type: "speaker", frame }),
    voiceDropped: () => feed(stay, { type: "link", state: "congested" }),
    closed: (why) => closed(stay, link, why),
  };
}

/** The first welcome. */
function comeIn(stay: Stay, welcome: Welcome): void {
  stay.hasJoined = true;
  stay.room = cleanLine(welcome.room);
  stay.sound.open();
  if (!stay.isLeaving) watchConnection(stay);
  feed(stay, { type: "store", seen: stay.seen?.before(welcome.history) });
  feed(stay, { type: "server", message: welcome });
  for (let intent = stay.pace.next(); intent !== undefined; intent = stay.pace.next()) takeWish(stay, intent);
  endInput(stay);
}

/** Once no wish follows, and all that were kept are under way. */
function endInput(stay: Stay): void {
  if (stay.isFinishing && stay.hasJoined) feed(stay, { type: "session", wants: "finish" });
}

function watchConnection(stay: Stay): void {
  const look = (): void => feed(stay, { type: "timer" });
  stay.timers.push(...soonMs.map((ms) => setTimeout(look, ms)), setInterval(look, lookEveryMs));
}

/** The connection is gone: for good if the server said so, else until we are back. */
function closed(stay: Stay, link: Link, why: { code: string; message: string } | undefined): void {
  if (stay.link !== link) return;
  stay.link = undefined;
  if (stay.isLeaving) return stay.over.resolve();
  if (why !== undefined && !passing.has(why.code)) return end(stay, why);
  feed(stay, { type: "link", state: "lost" });
  losePatience(stay);
  if (!stay.isLeaving) stay.returning.lost(stay.chat.you());
}

function end({ over }: Stay, { code, message }: { code: string; message: string }): void {
  over.reject(notLetIn({ code, message }));
}

/** One whose input has ended does not wait for ever. */
function losePatience(stay: Stay): void {
  const { options, room } = stay;
  const isWaiting = stay.hasJoined && stay.link === undefined && stay.isFinishing;
  if (!isWaiting || options.asker !== undefined || stay.isLeaving) return;
  clearTimeout(stay.patience);
  stay.patience = setTimeout(() => {
    feed(stay, { type: "session", wants: "give-up" });
    end(stay, { code: "connection-lost", message: `The connection to ${room} was lost.` });
  }, patienceMs);
}

async function intend(stay: Stay, intent: Command): Promise<void> {
  if (stay.isLeaving) return;
  if (stay.hasJoined) takeWish(stay, intent);
  else if (intent.type === "quit" && stay.options.asker !== undefined) leave(stay);
  else stay.pace.keep(intent);
  await stay.pace.ready();
}

function takeWish(stay: Stay, intent: Command): void {
  if (intent.type === "quit") stay.timers.push(setTimeout(() => quit(stay), savingMs));
  feed(stay, { type: "person", intent });
}

function feed(stay: Stay, input: ChatInput): void {
  const now = { wallMs: Date.now(), monotonicMs: performance.now() };
  for (const effect of stay.chat.handle(input, now)) runEffect(stay, effect);
  stay.pace.settle();
  leaveIfDone(stay);
}

function runEffect(stay: Stay, effect: ChatEffect): void {
  switch (effect.type) {
    case "send":
      return stay.link?.send(effect.message);
    case "send-voice":
      return stay.link?.sendVoice(effect.frame);
    case "show":
      return stay.options.front.show(effect.event);
    case "save":
      stay.saving = saveClip(effect.file, effect.packets).then((error) =>
        feed(stay, { type: "disk", error }),
      );
      return;
    case "leave":
      return leave(stay);
    case "spell":
      return void spell(stay, effect);
    case "seen":
      return stay.seen?.note({ history: effect.history, id: effect.id });
    default:
      return stay.sound.run(effect);
  }
}

/** The words are many, and few want to know them. */
async function spell(stay: Stay, { key, person }: Extract<ChatEffect, { type: "spell" }>): Promise<void> {
  const { wordsOf } = await import("../desktop/fingerprint-words.ts");
  feed(stay, { type: "words", person, words: wordsOf(key) });
}

/** A script that has said everything leaves once it was in; a person need not wait for a room. */
function leaveIfDone(stay: Stay): void {
  if (!stay.isFinishing || stay.pace.hasKept() || stay.chat.isBusy()) return;
  if (stay.hasJoined || stay.options.asker !== undefined) quit(stay);
}

/** Leaves now: the server is told, if there is one. */
function quit(stay: Stay): void {
  if (stay.isLeaving) return;
  if (stay.link === undefined) leave(stay);
  else feed(stay, { type: "session", wants: "leave" });
}

function leave(stay: Stay): void {
  if (stay.isLeaving) return;
  stay.isLeaving = true;
  if (stay.link === undefined) return stay.over.resolve();
  // The server closes once it has sent what was still to come.
  setTimeout(() => stay.over.resolve(), farewellMs);
}

/** Whether nothing was refused and all was sent. A person has seen what was not, and may go. */
function isContent({ chat, pace, options }: Stay): boolean {
  return options.asker !== undefined || (!chat.hasFailed() && chat.unconfirmed() === 0 && !pace.hasKept());
}

/** One stay in a room: joins it, then carries everything between the front end, the chat, the link and the voice. */
import { exitStatus, Failure } from "../protocol/failure.ts";
import { cleanLine } from "../protocol/text.ts";
import type { Front, Intent } from "../terminal/events.ts";
import type { Chat } from "./chat.ts";
import { createChat } from "./chat.ts";
import type { ChatEffect, ChatInput } from "./chat-state.ts";
import type { JoinOptions, Welcome } from "./join.ts";
import { joinRoom } from "./join.ts";
import type { Link, LinkSink } from "./link.ts";
import type { Pace } from "./pace.ts";
import { createPace } from "./pace.ts";
import { saveClip } from "./save.ts";
import type { OpenVoice, Sound } from "./sound.ts";
import { createSound } from "./sound.ts";

export interface SessionOptions extends Omit<JoinOptions, "onWelcome" | "hearsVoice"> {
  front: Pick<Front, "show">;
  /** Makes the voice; none: `--no-voice`. Called once, after the welcome. */
  openVoice?: OpenVoice;
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
  /** Joins, and resolves when we have left: false when something we wished was refused or not sent. Rejects with a Failure. */
  run(): Promise<boolean>;
}

/** How long leaving may take when the server does not close the connection. */
const farewellMs = 1_000;
/** How long a server may take to send the clips that one who leaves is saving. */
const savingMs = 5_000;
/** The server's clock is looked at a few times soon after the welcome, then now and then: clocks drift. */
const soonMs = [300, 600];
const nowAndThenMs = 10_000;

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
  /** Undefined until we are in. */
  link: Link | undefined;
  /** No wish follows. */
  isFinishing: boolean;
  isLeaving: boolean;
}

export function createSession(options: SessionOptions): Session {
  const chat = createChat({
    refPrefix: crypto.randomUUID().slice(0, 8),
    voice: options.openVoice !== undefined,
  });
  const stay: Stay = {
    options,
    chat,
    pace: createPace(() => chat.unconfirmed()),
    sound: createSound(options.openVoice, (news) => feed(stay, { from: "voice", news })),
    timers: [],
    saving: Promise.resolve(),
    over: Promise.withResolvers(),
    room: "the room",
    link: undefined,
    isFinishing: false,
    isLeaving: false,
  };
  return {
    intend: (intent) => intend(stay, intent),
    finish() {
      stay.isFinishing = true;
      endInput(stay);
      leaveIfDone(stay);
    },
    leave: () => quit(stay),
    others: () => chat.others(),
    run: () => run(stay),
  };
}

async function run(stay: Stay): Promise<boolean> {
  const { options, over, sound } = stay;
  try {
    const joining = joinRoom({
      ...options,
      hearsVoice: options.openVoice !== undefined,
      onWelcome: (link, welcome) => welcomed(stay, link, welcome),
    });
    // Whoever leaves while the room is still being looked for need not wait for it.
    await Promise.race([joining, over.promise]);
    await over.promise;
    // What joining keeps on disk is to be whole; one who never came in does not wait for a room.
    if (stay.link !== undefined) await joining;
    // Whether that was done is part of the answer.
    await stay.saving;
    return isContent(stay);
  } finally {
    for (const timer of stay.timers) clearTimeout(timer);
    await Promise.all([sound.close(), stay.saving]);
  }
}

function welcomed(stay: Stay, link: Link, welcome: Welcome): LinkSink {
  stay.link = link;
  stay.room = cleanLine(welcome.room);
  stay.sound.open();
  if (stay.options.openVoice !== undefined && !stay.isLeaving) watchClock(stay);
  feed(stay, { from: "server", message: welcome });
  for (let intent = stay.pace.next(); intent !== undefined; intent = stay.pace.next()) takeWish(stay, intent);
  endInput(stay);
  return {
    message: (message) => feed(stay, { from: "server", message }),
    voice: (frame) => feed(stay, { from: "speaker", frame }),
    closed: (why) => closed(stay, why),
  };
}

/** Once no wish follows, and all that were kept are under way. */
function endInput(stay: Stay): void {
  if (stay.isFinishing && stay.link !== undefined) feed(stay, { from: "session", wants: "finish" });
}

function watchClock(stay: Stay): void {
  const look = (): void => feed(stay, { from: "timer" });
  stay.timers.push(...soonMs.map((ms) => setTimeout(look, ms)), setInterval(look, nowAndThenMs));
}

function closed(stay: Stay, why: { code: string; message: string } | undefined): void {
  const { options, over, room } = stay;
  if (stay.isLeaving) return over.resolve();
  if (why === undefined) options.front.show({ event: "connection", state: "lost" });
  const lost = { code: "connection-lost", message: `The connection to ${room} was lost.` };
  const { code, message } = why ?? lost;
  over.reject(new Failure(cleanLine(code), exitStatus.failed, cleanLine(message)));
}

async function intend(stay: Stay, intent: Intent): Promise<void> {
  if (stay.isLeaving) return;
  if (stay.link !== undefined) takeWish(stay, intent);
  else if (intent.do === "quit" && stay.options.asker !== undefined) leave(stay);
  else stay.pace.keep(intent);
  await stay.pace.ready();
}

function takeWish(stay: Stay, intent: Intent): void {
  if (intent.do === "quit") stay.timers.push(setTimeout(() => quit(stay), savingMs));
  feed(stay, { from: "person", intent });
}

function feed(stay: Stay, input: ChatInput): void {
  const now = { wallMs: Date.now(), monotonicMs: performance.now() };
  for (const effect of stay.chat.handle(input, now)) runEffect(stay, effect);
  stay.pace.settle();
  leaveIfDone(stay);
}

function runEffect(stay: Stay, effect: ChatEffect): void {
  switch (effect.do) {
    case "send":
      return stay.link?.send(effect.message);
    case "send-voice":
      return stay.link?.sendVoice(effect.frame);
    case "show":
      return stay.options.front.show(effect.event);
    case "save":
      stay.saving = saveClip(effect.file, effect.packets).then((error) =>
        feed(stay, { from: "disk", error }),
      );
      return;
    case "leave":
      return leave(stay);
    default:
      return stay.sound.run(effect);
  }
}

/** A script that has said everything leaves once it was in; a person need not wait for a room. */
function leaveIfDone(stay: Stay): void {
  if (!stay.isFinishing || stay.pace.hasKept() || stay.chat.isBusy()) return;
  if (stay.link !== undefined || stay.options.asker !== undefined) quit(stay);
}

/** Leaves now: the server is told, if there is one. */
function quit(stay: Stay): void {
  if (stay.isLeaving) return;
  if (stay.link === undefined) leave(stay);
  else feed(stay, { from: "session", wants: "leave" });
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

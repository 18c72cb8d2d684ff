/** One session in a room: connects front end, chat, connection and sound system, and decides when the session ends. */
import type { Command, ToldError } from "../api.ts";
import type { Chat } from "../core/chat.ts";
import { createChat } from "../core/chat.ts";
import type { ChatEffect, ChatInput } from "../core/chat-io.ts";
import type { Audio } from "./audio.ts";
import { createAudio } from "./audio.ts";
import { createClientMessageIds } from "./client-message-ids.ts";
import type { ClipSaver } from "./clip-saver.ts";
import { createClipSaver } from "./clip-saver.ts";
import { every } from "./clock.ts";
import type { ClosingReason } from "./closing-codes.ts";
import { refusedFailure, retryableCodes } from "./closing-codes.ts";
import type { Welcome } from "./handshake.ts";
import type { InFlightWindow } from "./in-flight-window.ts";
import { createInFlightWindow } from "./in-flight-window.ts";
import type { JoinOptions } from "./join.ts";
import type { SessionPorts } from "./ports.ts";
import type { ReadMarkerKeeper } from "./read-marker.ts";
import { createReadMarkerKeeper } from "./read-marker.ts";
import type { RoomConnection } from "./room-connection.ts";
import { createRoomConnection } from "./room-connection.ts";

export interface SessionOptions extends JoinOptions {
  /** How many earlier lines to show on joining; 0: no line from before this session is ever shown. */
  earlierLines: number;
}

export interface Session {
  /** Carries a command out, or keeps it until the room is joined. Resolves when another one may follow. */
  submit(command: Command): Promise<void>;
  /** No command follows: leaves as soon as everything sent is confirmed. */
  finish(): void;
  /** Leaves now, without waiting for confirmations or clips. */
  leave(): void;
  /** The names that can be addressed. */
  others(): string[];
  /** Whether we are an operator. */
  isOperator(): boolean;
  /** Joins, and resolves when we have left: false when a command was refused or not sent. Rejects with a Failure. */
  run(): Promise<boolean>;
}

/** How long the server may take to close the connection when we leave. */
const closeTimeoutMs = 1_000;
/** How long a `quit` waits for clips that are being saved. */
const savingTimeoutMs = 5_000;
/** How long a script whose input has ended waits for a reconnect. */
const reconnectTimeoutMs = 30_000;
/** When the chat gets a tick: shortly after the welcome, and then every second. */
const firstTicksMs = [300, 600];
const tickEveryMs = 1_000;

/** The state that the functions of this file share. */
interface SessionState {
  readonly options: SessionOptions;
  readonly ports: SessionPorts;
  readonly chat: Chat;
  readonly connection: RoomConnection;
  readonly window: InFlightWindow;
  readonly audio: Audio;
  readonly saver: ClipSaver;
  /** Resolved when we have left; rejected with the failure that ended the session. */
  readonly over: PromiseWithResolvers<void>;
  /** Cancel the timers. */
  readonly cancels: (() => void)[];
  cancelReconnectTimeout: () => void;
  /** Undefined when no earlier lines are shown: then nothing counts as read. */
  readMarker: ReadMarkerKeeper | undefined;
  hasJoined: boolean;
  /** No command follows. */
  isFinishing: boolean;
  isLeaving: boolean;
}

/** A session that joins its room with `run`. */
export function createSession(options: SessionOptions, ports: SessionPorts): Session {
  const session = createState(options, ports);
  const { chat } = session;
  return {
    submit: (command) => submit(session, command),
    finish() {
      session.isFinishing = true;
      endInput(session);
      leaveIfDone(session);
      startReconnectTimeout(session);
    },
    leave: () => quit(session),
    others: () => chat.others(),
    isOperator: () => chat.isOperator(),
    run: () => run(session),
  };
}

function createState(options: SessionOptions, ports: SessionPorts): SessionState {
  const { clock, openAudio } = ports;
  const chat = createChat({
    newRef: createClientMessageIds(ports.newId().slice(0, 4), () => clock.now().wallMs),
    voice: openAudio !== undefined,
    earlierLines: options.earlierLines,
  });
  const session: SessionState = {
    options,
    ports,
    chat,
    connection: createRoomConnection(options, ports, chat.you, {
      welcome: (welcome) => welcomed(session, welcome),
      message: (message) => feed(session, { type: "server-message", message }),
      voice: (frame) => feed(session, { type: "voice-frame", frame }),
      voiceDropped: () => feed(session, { type: "voice-dropped" }),
      closed: (why) => closed(session, why),
      keptOut: (why) => feed(session, { type: "kept-out", ...told(why) }),
      ended: (failure) => session.over.reject(failure),
    }),
    window: createInFlightWindow(chat.unconfirmed),
    audio: createAudio(openAudio, (event) => feed(session, { type: "audio-event", event })),
    saver: createClipSaver(ports.saveClip, (error) => feed(session, { type: "clip-saved", error })),
    over: Promise.withResolvers(),
    cancels: [],
    cancelReconnectTimeout: () => {},
    readMarker: undefined,
    hasJoined: false,
    isFinishing: false,
    isLeaving: false,
  };
  return session;
}

async function run(session: SessionState): Promise<boolean> {
  const { options, ports, connection, over, audio, saver } = session;
  try {
    if (options.earlierLines > 0)
      session.readMarker = await createReadMarkerKeeper(ports.readMarkers, ports.clock);
    const joining = connection.join();
    // Leaving does not wait for a room that was not found yet.
    await Promise.race([joining, over.promise]);
    await over.promise;
    // Joining completes what it stores.
    if (session.hasJoined) await joining;
    // The outcome of saving a clip is part of the result.
    await saver.done();
    feed(session, { type: "give-up" });
    return hasSucceeded(session);
  } finally {
    connection.stop();
    session.cancelReconnectTimeout();
    for (const cancel of session.cancels) cancel();
    await Promise.all([audio.close(), saver.done(), session.readMarker?.close()]);
  }
}

function welcomed(session: SessionState, welcome: Welcome): void {
  session.cancelReconnectTimeout();
  if (session.hasJoined) feed(session, { type: "server-message", message: welcome });
  else firstWelcome(session, welcome);
}

/** The first welcome. */
function firstWelcome(session: SessionState, welcome: Welcome): void {
  const { window } = session;
  session.hasJoined = true;
  session.audio.open();
  if (!session.isLeaving) startTicks(session);
  feed(session, { type: "read-marker", marker: session.readMarker?.stored(welcome.history) });
  feed(session, { type: "server-message", message: welcome });
  for (let command = window.next(); command !== undefined; command = window.next()) execute(session, command);
  endInput(session);
}

/** Tells the chat that no command follows, once all kept commands are carried out. */
function endInput(session: SessionState): void {
  if (session.isFinishing && session.hasJoined) feed(session, { type: "finish" });
}

function startTicks(session: SessionState): void {
  const { clock } = session.ports;
  const tick = (): void => feed(session, { type: "tick" });
  session.cancels.push(...firstTicksMs.map((ms) => clock.after(ms, tick)), every(clock, tickEveryMs, tick));
}

/** The connection is gone. True: reconnect; false: we are leaving, or the code is final. */
function closed(session: SessionState, why: ClosingReason | undefined): boolean {
  if (session.isLeaving) session.over.resolve();
  else if (why !== undefined && !retryableCodes.has(why.code)) session.over.reject(refusedFailure(why));
  else {
    feed(session, { type: "connection-lost", ...told(why) });
    startReconnectTimeout(session);
    return !session.isLeaving;
  }
  return false;
}

/** The reason as the server gave it, if it did. */
function told(why: ClosingReason | undefined): { why?: ToldError } {
  return why !== undefined && "message" in why ? { why } : {};
}

/** A script whose input has ended waits for a reconnect only this long; then its unconfirmed lines are given up. */
function startReconnectTimeout(session: SessionState): void {
  const { ports } = session;
  const isWaiting = session.hasJoined && !session.connection.isOpen() && session.isFinishing;
  if (!isWaiting || ports.prompter !== undefined || session.isLeaving) return;
  session.cancelReconnectTimeout();
  session.cancelReconnectTimeout = ports.clock.after(reconnectTimeoutMs, () => {
    feed(session, { type: "give-up" });
    leave(session);
  });
}

async function submit(session: SessionState, command: Command): Promise<void> {
  if (session.isLeaving) return;
  if (session.hasJoined) execute(session, command);
  else if (command.type === "quit" && session.ports.prompter !== undefined) leave(session);
  else session.window.keep(command);
  await session.window.ready();
}

function execute(session: SessionState, command: Command): void {
  const { cancels, ports } = session;
  if (command.type === "quit") cancels.push(ports.clock.after(savingTimeoutMs, () => quit(session)));
  feed(session, { type: "command", command });
}

function feed(session: SessionState, input: ChatInput): void {
  for (const effect of session.chat.handle(input, session.ports.clock.now())) runEffect(session, effect);
  session.window.update();
  leaveIfDone(session);
}

function runEffect(session: SessionState, effect: ChatEffect): void {
  switch (effect.type) {
    case "send":
      return session.connection.send(effect.message);
    case "send-voice":
      return session.connection.sendVoice(effect.frame);
    case "show":
      return session.ports.show(effect.event);
    case "save-clip":
      return session.saver.save(effect.file, effect.packets);
    case "leave":
      return leave(session);
    case "get-fingerprint-words":
      return void getFingerprintWords(session, effect);
    case "read":
      return session.readMarker?.move({ history: effect.history, id: effect.id });
    default:
      return session.audio.run(effect);
  }
}

async function getFingerprintWords(
  session: SessionState,
  { key, answer }: Extract<ChatEffect, { type: "get-fingerprint-words" }>,
): Promise<void> {
  const words = await session.ports.fingerprintWords(key);
  feed(session, { type: "fingerprint-words", answer, words });
}

/** After the end of the input: leaves once all commands are done. A person can also leave before the room is joined. */
function leaveIfDone(session: SessionState): void {
  if (!session.isFinishing || session.window.hasKept() || session.chat.isBusy()) return;
  if (session.hasJoined || session.ports.prompter !== undefined) quit(session);
}

/** Leaves now: the server is told, if there is a connection. */
function quit(session: SessionState): void {
  if (session.isLeaving) return;
  if (!session.connection.isOpen()) leave(session);
  else feed(session, { type: "leave" });
}

function leave(session: SessionState): void {
  const { over, ports, cancels } = session;
  if (session.isLeaving) return;
  session.isLeaving = true;
  if (!session.connection.isOpen()) return over.resolve();
  // The server closes the connection once it has sent the rest.
  cancels.push(ports.clock.after(closeTimeoutMs, over.resolve));
}

/** Whether everything was sent and nothing was refused. A person has seen every refusal, so it always succeeded. */
function hasSucceeded({ chat, window, ports }: SessionState): boolean {
  return ports.prompter !== undefined || (!chat.hasFailed() && chat.unconfirmed() === 0 && !window.hasKept());
}

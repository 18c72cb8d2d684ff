/** Turns in the audio rig, as people have them: one says words into a microphone, others hear them from their speakers. */
import type { JsonEvent } from "../../lib/frontends/scripts/json.ts";
import type { AudioRig, RigSound } from "./audio-rig.ts";
import type { Client, Server, Stage } from "./holler.ts";
import type { Likeness } from "./speech.ts";
import { compare } from "./speech.ts";

export type VoiceEnded = Extract<JsonEvent, { event: "voice-ended" }>;

/** What came out of one speaker. */
export interface Heard extends Likeness {
  /** From the microphone to the speaker, by the rig's own recordings. */
  mouthToEarMs: number;
  /** What the listener's client said of it. */
  ended: VoiceEnded;
  sound: RigSound;
}

export interface Said<Name extends string> {
  stream: number;
  spoken: RigSound;
  heard: Record<Name, Heard>;
}

/** These words, though some may slip on a busy machine. */
export const isThere = ({ windows }: Pick<Likeness, "windows">): boolean => windows >= 0.8;
/** These words, in time, from the first to the last: what is cut off may be a tenth of a second at the most. */
export const isWhole = ({ windows, envelope, first, last }: Likeness): boolean =>
  windows >= 0.9 && envelope >= 0.9 && first >= 0.6 && last >= 0.6;
/** The delay that the listener's client tells is the one there is. */
export const isToldRight = ({ ended, mouthToEarMs }: Heard, withinMs = toldWithinMs): boolean =>
  Math.abs((ended.delayMs?.median ?? Number.NaN) - mouthToEarMs) < withinMs;
/**
 * Both, where the sound server runs dry now and then on a slow machine: a piece of silence that it plays by itself moves
 * all that follows by 20 ms, and nobody is told.
 */
export const isWellButForSlips = (heard: Heard): boolean =>
  heard.envelope >= 0.8 && isWhole({ ...heard, envelope: 1 }) && isToldRight(heard, toldWithinMs + 20);

/** What the sound server holds back is estimated; the devices of the rig have nothing more to hold. */
const toldWithinMs = 25;
/** Below this is the noise of a converter, not sound. */
export const audible = 50;
/** In samples: so much is said before something happens to a turn, and the words go on until then. */
export const saidBefore = 24_000;
const saidUntil = 96_000;

/** These people in a room, each with a microphone and a speaker of the rig. */
export async function comeIn<Name extends string>(
  stage: Stage,
  rig: AudioRig,
  server: Server,
  names: readonly Name[],
): Promise<Record<Name, Client>> {
  const clients = {} as Record<Name, Client>;
  for (const name of names) clients[name] = await stage.join(name, server, { args: [], env: rig.env(name) });
  const last = names.at(-1) ?? "";
  await Promise.all(names.slice(0, -1).map((name) => clients[name].next("joined", { name: last })));
  return clients;
}

/** Begins a turn; the number of its stream, as soon as the client says that it records. */
export async function beginTurn(client: Client, seconds: number, to?: string): Promise<number> {
  client.do({ do: "record", seconds, ...(to === undefined ? {} : { to }) });
  return (await client.next("recording")).stream;
}

/** One says the words, from the first moment on, into a turn that is half a second longer than they are, to everyone or to one. */
export async function say<Name extends string>(
  rig: AudioRig,
  [speaker, client]: [string, Client],
  hearers: Record<Name, Client>,
  words: Int16Array,
  to?: string,
): Promise<Said<Name>> {
  const names = Object.keys(hearers) as Name[];
  const microphone = await rig.record(speaker, "mic");
  const speakers = await Promise.all(names.map((name) => rig.record(name, "spk")));
  const seconds = Math.ceil(words.length / 48_000 + 0.5);
  const stream = await beginTurn(client, seconds, to);
  await rig.speak(speaker, words);
  const ends = await Promise.all(names.map((name) => hearers[name].next("voice-ended", { stream })));
  await client.next("voice-ended", { stream });
  const [spoken, ...sounds] = await Promise.all([microphone, ...speakers].map((one) => one.stop()));
  if (spoken === undefined) throw new Error("the microphone was not recorded");
  const heard = names.map((name, index): [Name, Heard] => {
    const [sound, ended] = [sounds[index], ends[index]];
    if (sound === undefined || ended === undefined) throw new Error(`${name}'s speaker was not recorded`);
    return [name, { ...likenessOf(spoken, sound), ended, sound }];
  });
  return { stream, spoken, heard: Object.fromEntries(heard) as Record<Name, Heard> };
}

/** How much later these words, a part of what was said, were heard than said, ms. */
export function delayOf(words: Int16Array, spoken: RigSound, heard: RigSound): number {
  const at = (sound: RigSound) => compare(words, sound.samples).lagMs + sound.startedAt;
  return at(heard) - at(spoken);
}

/** How like two recordings are, and how much later the second is. */
export function likenessOf(spoken: RigSound, heard: RigSound): Likeness & { mouthToEarMs: number } {
  const likeness = compare(spoken.samples, heard.samples);
  return { ...likeness, mouthToEarMs: likeness.lagMs + heard.startedAt - spoken.startedAt };
}

/** Tries up to three times, for a busy machine may tear a turn: the last one counts, and every one is printed. */
export async function upToThreeTimes<Outcome>(
  attempt: () => Promise<Outcome>,
  isWell: (outcome: Outcome) => boolean,
  describe: (outcome: Outcome) => string,
): Promise<Outcome & { isWell: boolean }> {
  for (let count = 1; ; count += 1) {
    const outcome = await attempt();
    console.log(`attempt ${count}: ${describe(outcome)}`);
    if (isWell(outcome) || count === 3) return { ...outcome, isWell: isWell(outcome) };
  }
}

/** Begins a turn; resolves when some words were said into it, and goes on saying the others. */
export async function startTalking(
  rig: AudioRig,
  [speaker, client]: [string, Client],
  words: Int16Array,
  seconds: number,
) {
  const askedAt = performance.now();
  const stream = await beginTurn(client, seconds);
  await rig.speak(speaker, words.slice(0, saidBefore));
  return { stream, askedAt, speaking: rig.speak(speaker, words.slice(saidBefore, saidUntil)) };
}

/** Text of one reaches another, and so does the whole of the next turn. */
export async function goesOn([name, one]: [string, Client], other: Client): Promise<void> {
  one.do({ do: "say", text: `${name} goes on` });
  await other.next("said", { from: name, text: `${name} goes on` });
  const stream = await beginTurn(one, 1);
  await other.next("voice-ended", { stream, reason: "done", seconds: 1 });
  await one.next("voice-ended", { stream });
}

/** What was told of a failure, or will be: in what order the error and the end of the turn come is nobody's promise. */
export async function told<Kind extends JsonEvent["event"]>(
  client: Client,
  kind: Kind,
  fields: Partial<Extract<JsonEvent, { event: Kind }>> = {},
): Promise<JsonEvent> {
  const fits = (event: JsonEvent) => Bun.deepMatch({ event: kind, ...fields }, event);
  return client.events.find(fits) ?? client.next(kind, fields);
}

export function describeLikeness({ windows, envelope, first, last }: Likeness): string {
  const ends = `first ${first.toFixed(2)}, last ${last.toFixed(2)}`;
  return `windows ${windows.toFixed(3)}, envelope ${envelope.toFixed(3)}, ${ends}`;
}

export function describeHeard(heard: Heard): string {
  const { delayMs, concealed = 0 } = heard.ended;
  const said = delayMs === undefined ? "no delay" : `${delayMs.median.toFixed(0)}/${delayMs.p95.toFixed(0)}`;
  return `${describeLikeness(heard)}, mouth to ear ${heard.mouthToEarMs.toFixed(0)} ms, said ${said} ms, ${(concealed * 100).toFixed(1)} % concealed`;
}

export function loudest({ samples }: RigSound): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

export function errors(client: Client) {
  return client.events.filter(({ event }) => event === "error");
}

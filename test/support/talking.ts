/** Transmissions in the audio rig: one user speaks into a microphone, and others hear it from their speakers. */
import type { JsonEvent } from "../../lib/frontends/scripts/json.ts";
import type { AudioRig, RigSound } from "./audio-rig.ts";
import type { Client, Server, Stage } from "./holler.ts";
import type { Likeness } from "./speech.ts";
import { compare } from "./speech.ts";

export type VoiceEnded = Extract<JsonEvent, { event: "voice-ended" }>;

/** The recording of one speaker, compared with what was spoken. */
export interface Heard extends Likeness {
  /** The delay between the recordings of microphone and speaker, ms. */
  mouthToEarMs: number;
  /** The report of the listener's client. */
  ended: VoiceEnded;
  sound: RigSound;
}

export interface Transmission<Name extends string> {
  stream: number;
  spoken: RigSound;
  heard: Record<Name, Heard>;
}

/** These words, although some may slip on a busy machine. */
export const isRecognised = ({ windows }: Pick<Likeness, "windows">): boolean => windows >= 0.8;
/** These words in time, from the first to the last: at most a tenth of a second is cut off. */
export const isWhole = ({ windows, envelope, first, last }: Likeness): boolean =>
  windows >= 0.9 && envelope >= 0.9 && first >= 0.6 && last >= 0.6;
/** The listener's client reports the measured delay. */
export const isDelayReported = ({ ended, mouthToEarMs }: Heard, withinMs = delayErrorMsMax): boolean =>
  Math.abs((ended.delayMs?.median ?? Number.NaN) - mouthToEarMs) < withinMs;
/**
 * Both, on a slow machine, where the sound server sometimes plays a period of silence by itself: everything after it is
 * 20 ms later, and the server reports nothing.
 */
export const isWholeExceptForSlips = (heard: Heard): boolean =>
  heard.envelope >= 0.8 && isWhole({ ...heard, envelope: 1 }) && isDelayReported(heard, delayErrorMsMax + 20);

/** The client estimates the buffers of the sound server; the devices of the rig have no others. */
const delayErrorMsMax = 25;
/** A lower amplitude is converter noise. */
export const audibleMin = 50;
/** In samples: so much is spoken before an event disturbs the transmission, and speech goes on until the second. */
export const samplesBefore = 24_000;
const samplesUntil = 96_000;

/** Starts a client for each name, with a microphone and a speaker of the rig, and waits until all have joined. */
export async function joinRoom<Name extends string>(
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

/** Starts a recording; resolves with the stream number when the client reports that it records. */
export async function startTransmission(client: Client, seconds: number, to?: string): Promise<number> {
  client.do({ do: "record", seconds, ...(to === undefined ? {} : { to }) });
  return (await client.next("recording")).stream;
}

/** Transmits the words, to everyone or to one user. The recording is at least half a second longer than the words. */
export async function say<Name extends string>(
  rig: AudioRig,
  [speaker, client]: [string, Client],
  hearers: Record<Name, Client>,
  words: Int16Array,
  to?: string,
): Promise<Transmission<Name>> {
  const names = Object.keys(hearers) as Name[];
  const microphone = await rig.record(speaker, "mic");
  const speakers = await Promise.all(names.map((name) => rig.record(name, "spk")));
  const seconds = Math.ceil(words.length / 48_000 + 0.5);
  const stream = await startTransmission(client, seconds, to);
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

/** The delay of these words, a part of a recording, ms. */
export function delayOf(words: Int16Array, spoken: RigSound, heard: RigSound): number {
  const at = (sound: RigSound) => compare(words, sound.samples).lagMs + sound.startedAt;
  return at(heard) - at(spoken);
}

/** The likeness of two recordings, and the delay of the second. */
export function likenessOf(spoken: RigSound, heard: RigSound): Likeness & { mouthToEarMs: number } {
  const likeness = compare(spoken.samples, heard.samples);
  return { ...likeness, mouthToEarMs: likeness.lagMs + heard.startedAt - spoken.startedAt };
}

/** Tries up to three times, because a busy machine may disturb a transmission. Prints every attempt; the last counts. */
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

/** Starts a transmission; resolves after the first words. The others are spoken meanwhile. */
export async function startTalking(
  rig: AudioRig,
  [speaker, client]: [string, Client],
  words: Int16Array,
  seconds: number,
) {
  const askedAt = performance.now();
  const stream = await startTransmission(client, seconds);
  await rig.speak(speaker, words.slice(0, samplesBefore));
  return { stream, askedAt, speaking: rig.speak(speaker, words.slice(samplesBefore, samplesUntil)) };
}

/** Expects that text and a whole transmission of one client reach the other. */
export async function expectWorking([name, one]: [string, Client], other: Client): Promise<void> {
  one.do({ do: "say", text: `${name} still works` });
  await other.next("said", { from: name, text: `${name} still works` });
  const stream = await startTransmission(one, 1);
  await other.next("voice-ended", { stream, reason: "done", seconds: 1 });
  await one.next("voice-ended", { stream });
}

/** The first past or future event of a kind: the order of an error and the end of its transmission is not defined. */
export async function pastOrNext<Kind extends JsonEvent["event"]>(
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

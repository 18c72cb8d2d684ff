/** Shows that two who speak at once are both heard by others, whole and unclipped, and that everyone sets their own ears. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  type AudioRig,
  type RigSound,
  rigAvailable,
  rigPackages,
  startAudioRig,
  synthesize,
} from "../support/audio-rig.ts";
import { type Client, openStage, type Stage } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";
import { compare } from "../support/speech.ts";
import { joinRoom, upToThreeTimes } from "../support/talking.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(60_000);

const people = ["alice", "bob", "carol", "dave"] as const;
type Room = Record<(typeof people)[number], Client>;
type Listener = "carol" | "dave";

/** Of one voice in a mix of two, and of words that nobody said. */
const inMixMin = 0.5;
const unsaidMax = 0.4;
const aloneMin = 0.8;

describe.skipIf(!available)("two at once", () => {
  let rig: AudioRig;
  /** Of alice, of bob, and of nobody. */
  let hers: Int16Array;
  let his: Int16Array;
  let unsaid: Int16Array;

  beforeAll(async () => {
    const [alices, bobs, nobodys] = await Promise.all([
      synthesize("The quick brown fox jumps over the lazy dog, and then it sleeps.", "en+f3"),
      synthesize("Seven ships sailed slowly past while nobody at all was watching."),
      synthesize("Every evening around eight, the owls begin to argue about mice."),
    ]);
    [hers, his, unsaid] = [loud(alices), loud(bobs), nobodys];
    rig = await startAudioRig([...people]);
  });

  afterAll(() => rig.stop());

  async function fourIn(stage: Stage): Promise<Room> {
    return joinRoom(stage, rig, await stage.server({ args: ["--speakers", "2"] }), people);
  }

  /** Alice and bob speak at the same time: what carol and dave hear. */
  async function talkTogether({ alice, bob, carol, dave }: Room): Promise<Record<Listener, RigSound>> {
    const ears = await Promise.all([rig.record("carol", "spk"), rig.record("dave", "spk")]);
    for (const one of [alice, bob]) one.do({ do: "record", seconds: 5 });
    const streams = await Promise.all([
      alice.next("voice-started", { from: "alice" }),
      bob.next("voice-started", { from: "bob" }),
    ]);
    await Promise.all([rig.speak("alice", hers), rig.speak("bob", his)]);
    for (const { stream } of streams)
      await Promise.all([alice, bob, carol, dave].map((one) => ended(one, stream)));
    const [carols, daves] = await Promise.all(ears.map((ear) => ear.stop()));
    if (carols === undefined || daves === undefined) throw new Error("a recording is missing");
    return { carol: carols, dave: daves };
  }

  /** How much of each voice there is in what somebody heard. */
  function voicesIn({ samples }: RigSound) {
    return {
      alice: compare(hers, samples).windows,
      bob: compare(his, samples).windows,
      nobody: compare(unsaid, samples).windows,
    };
  }

  test("are both heard by the others, unclipped", async () => {
    await using stage = await openStage();
    const room = await fourIn(stage);
    const { isWell, heard } = await upToThreeTimes(
      async () => {
        const heard = await talkTogether(room);
        return { heard, voices: voicesIn(heard.carol) };
      },
      ({ voices }) => voices.alice >= inMixMin && voices.bob >= inMixMin && voices.nobody <= unsaidMax,
      ({ voices }) => JSON.stringify(voices),
    );
    expect(isWell).toBe(true);
    for (const { samples } of Object.values(heard)) expect(longestFlatTop(samples)).toBeLessThan(2);
  });

  test("are turned down or off by one listener for himself alone", async () => {
    await using stage = await openStage();
    const room = await fourIn(stage);
    room.carol.do({ do: "mute", name: "alice" });
    expect(await room.carol.next("muted")).toEqual({ event: "muted", name: "alice", muted: true });
    room.carol.do({ do: "volume", name: "bob", percent: 50 });
    expect(await room.carol.next("volume")).toEqual({ event: "volume", name: "bob", percent: 50 });
    const { isWell, heard } = await upToThreeTimes(
      async () => {
        const heard = await talkTogether(room);
        return { heard, carol: voicesIn(heard.carol), dave: voicesIn(heard.dave) };
      },
      ({ carol, dave }) =>
        carol.alice <= unsaidMax && carol.bob >= aloneMin && dave.alice >= inMixMin && dave.bob >= inMixMin,
      ({ carol, dave }) => JSON.stringify({ carol, dave }),
    );
    expect(isWell).toBe(true);
    // Half of bob, who stands above the limiter by himself in neither.
    expect(share(heard.carol, his)).toBeWithin(0.3, 0.65);
    room.carol.do({ do: "unmute", name: "alice" });
    expect(await room.carol.next("muted")).toEqual({ event: "muted", name: "alice", muted: false });
  });
});

/** A turn ends for a listener whether it is the first to end or the second. */
async function ended(client: Client, stream: number): Promise<void> {
  const isOver = client.events.some((event) => event.event === "voice-ended" && event.stream === stream);
  if (!isOver) await client.next("voice-ended", { stream });
}

/** As loud as can be: two of these together are too much for 16 bits. */
function loud(samples: Int16Array): Int16Array {
  const most = samples.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 1);
  return samples.map((sample) => (sample * 30_000) / most);
}

/** How many samples in a row stand at the end of the scale: what clipping looks like. */
function longestFlatTop(samples: Int16Array): number {
  let longest = 0;
  let run = 0;
  for (const sample of samples) {
    run = Math.abs(sample) >= 32_766 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** How loud what was heard is, compared with the words. */
function share({ samples }: RigSound, words: Int16Array): number {
  const energy = (values: Int16Array) => values.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(energy(samples) / energy(words));
}

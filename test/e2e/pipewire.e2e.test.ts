/**
 * Shows that speech is whole on PipeWire too, and that the delay that is said is the delay there is, also where it
 * handles sound in large pieces, as in virtual machines.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { pipewirePackages, rigAvailable, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { openStage } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";
import {
  describeHeard,
  errors,
  isWholeExceptForSlips,
  joinRoom,
  say,
  upToThreeTimes,
} from "../support/talking.ts";

const available = requireRig("PipeWire", rigAvailable("pipewire"), pipewirePackages);
setDefaultTimeout(60_000);

describe.skipIf(!available)("on PipeWire", () => {
  for (const quantum of [480, 1024] as const) {
    test(`with ${quantum} samples at a time, speech is whole both ways and its delay is said`, async () => {
      const rig = await startAudioRig(["alice", "bob"], { server: "pipewire", quantum });
      try {
        await using stage = await openStage();
        const words = await synthesize("The quick brown fox jumps over the lazy dog, and then it lies down.");
        const { alice, bob } = await joinRoom(stage, rig, await stage.server(), ["alice", "bob"]);
        const there = await upToThreeTimes(
          () => say(rig, ["alice", alice], { bob }, words),
          ({ heard }) => isWholeExceptForSlips(heard.bob),
          ({ heard }) => describeHeard(heard.bob),
        );
        const back = await upToThreeTimes(
          () => say(rig, ["bob", bob], { alice }, words),
          ({ heard }) => isWholeExceptForSlips(heard.alice),
          ({ heard }) => describeHeard(heard.alice),
        );
        expect([there.isWell, back.isWell]).toEqual([true, true]);
        expect([...errors(alice), ...errors(bob)]).toEqual([]);
      } finally {
        await rig.stop();
      }
    });
  }
});

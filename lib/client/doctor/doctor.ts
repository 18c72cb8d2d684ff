/** `holler doctor`: looks into everything that Holler needs, one check after another, and says what to do. */

import { sentenceOf } from "../../base/failure.ts";
import { browse } from "../../discovery/browse.ts";
import { currentInterfaces } from "../../discovery/interfaces.ts";
import { probeMulticast } from "../../discovery/probe.ts";
import type { Announcement } from "../../discovery/record.ts";
import type { ChosenDevices } from "../desktop/chosen-devices.ts";
import type { Store } from "../desktop/config-store.ts";
import type { Direction } from "../desktop/devices.ts";
import { usedDevice } from "../desktop/devices.ts";
import type { KnownServers } from "../desktop/known-hosts.ts";
import type { Place, Reached } from "./connection.ts";
import { announcedPlace, namedPlace, reach } from "./connection.ts";
import { distanceOf, judgeReached } from "./connection-findings.ts";
import type { Finding } from "./finding.ts";
import type { Look } from "./network-findings.ts";
import { judgeMulticast, judgeNetworks, judgeRooms } from "./network-findings.ts";
import { judgeDelay, judgeMicrophone, judgeSound, judgeSpeaker } from "./sound-findings.ts";
import { openSoundTrial } from "./sound-trial.ts";

export interface DoctorOptions {
  look: Look;
  devices: ChosenDevices;
  store: Store;
  /** Told what is under way that takes a while. */
  note: (text: string) => void;
}

/** Multicast comes back in milliseconds; packets get lost. */
const multicastWithinMs = 1_000;
/** Long enough for every server on a busy network to answer. */
const lookMs = 1_500;

/** Every check, as soon as it is made. Joins no room, remembers nothing, and each step ends by itself. */
export async function* examine({ look, devices, store, note }: DoctorOptions): AsyncGenerator<Finding> {
  yield judgeNetworks(currentInterfaces(), look);
  let places: Place[] = [];
  if (look.server !== undefined) places = [namedPlace(look.server, look)];
  else {
    yield judgeMulticast(await probeMulticast(multicastWithinMs));
    const { finding, chosen } = judgeRooms(await announcedRooms(), look);
    yield finding;
    places = chosen.map(announcedPlace);
  }
  const reached = await Promise.all(places.map(reach));
  yield* judgeServers(reached, store);
  yield* examineSound(devices, reached, note);
}

async function announcedRooms(): Promise<Announcement[]> {
  // What keeps the browser from working is what the check of multicast has said.
  const browser = browse(() => {});
  await Bun.sleep(lookMs);
  const rooms = browser.visible();
  await browser.close();
  return rooms;
}

async function* judgeServers(reached: Reached[], store: Store): AsyncGenerator<Finding> {
  let known: KnownServers = {};
  try {
    known = await store.knownServers();
  } catch (thrown) {
    yield { check: "identity", ok: false, message: sentenceOf(thrown) };
  }
  for (const one of reached) {
    const namesakes = reached.filter((other) => other !== one && other.place.key === one.place.key);
    const others = namesakes.flatMap(({ identity }) => identity ?? []);
    yield* judgeReached(one, known, others);
  }
}

async function* examineSound(
  choice: ChosenDevices,
  reached: Reached[],
  note: (text: string) => void,
): AsyncGenerator<Finding> {
  const trial = openSoundTrial(choice);
  try {
    const devices = await trial.devices().catch(sentenceOf);
    yield judgeSound(devices);
    if (typeof devices === "string") return;
    const named = (direction: Direction): string =>
      usedDevice(devices, direction, choice[direction])?.name ?? choice[direction]?.name ?? "default";
    note("Listening to the microphone for one second: say something …");
    const listened = await trial.listen();
    yield judgeMicrophone(listened, named("input"));
    const played = await trial.play();
    yield judgeSpeaker(played, named("output"));
    const rooms = reached.flatMap(({ place, samples }) => {
      const roundTripMs = distanceOf(samples)?.roundTripMs;
      return roundTripMs === undefined ? [] : [{ shown: place.shown, roundTripMs }];
    });
    for (const room of rooms.length > 0 ? rooms : [undefined]) yield judgeDelay(listened, played, room);
  } finally {
    await trial.close();
  }
}

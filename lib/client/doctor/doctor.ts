/** `holler doctor`: checks everything that Holler needs, one check after another, and says what to do. */

import { sentenceOf } from "../../base/failure.ts";
import { browse } from "../../discovery/browse.ts";
import { scanInterfaces } from "../../discovery/interfaces.ts";
import { probeMulticast } from "../../discovery/probe.ts";
import type { Announcement } from "../../discovery/record.ts";
import type { ChosenDevices } from "../desktop/chosen-devices.ts";
import type { Store } from "../desktop/config-store.ts";
import type { Direction } from "../desktop/devices.ts";
import { usedDevice } from "../desktop/devices.ts";
import type { KnownServers } from "../desktop/known-hosts.ts";
import { announcedTarget, namedTarget, probeServer } from "./connection.ts";
import { checkServer, pingStatistics } from "./connection-findings.ts";
import { type Finding, failed } from "./finding.ts";
import type { DoctorScope } from "./network-findings.ts";
import { checkMulticast, checkNetworks, checkRooms } from "./network-findings.ts";
import type { ProbeTarget, ServerProbe } from "./server-probe.ts";
import { checkDelay, checkMicrophone, checkSoundSystem, checkSpeaker } from "./sound-findings.ts";
import { openSoundTrial } from "./sound-trial.ts";

export interface DoctorOptions {
  scope: DoctorScope;
  devices: ChosenDevices;
  store: Store;
  /** Called with a sentence before a step that takes a while. */
  note: (text: string) => void;
}

/** Multicast comes back in milliseconds, but packets get lost. */
const multicastTimeoutMs = 1_000;
/** Long enough for every server on a busy network to answer. */
const browseMs = 1_500;

/** Yields each finding as soon as it is made. Joins no room and stores nothing; each step has a time limit. */
export async function* runChecks({ scope, devices, store, note }: DoctorOptions): AsyncGenerator<Finding> {
  const scan = scanInterfaces();
  yield checkNetworks(scan, scope);
  let targets: ProbeTarget[] = [];
  if (scope.server !== undefined) targets = [namedTarget(scope.server, scope)];
  else {
    yield checkMulticast(await probeMulticast(scan.interfaces, multicastTimeoutMs));
    const { finding, chosen } = checkRooms(await announcedRooms(), scope);
    yield finding;
    targets = chosen.map(announcedTarget);
  }
  const probes = await Promise.all(targets.map(probeServer));
  yield* checkServers(probes, store);
  yield* checkSound(devices, probes, note);
}

async function announcedRooms(): Promise<Announcement[]> {
  // Problems of the browser are not reported: the multicast check has found them.
  const browser = browse(() => {});
  await Bun.sleep(browseMs);
  const rooms = browser.visible();
  await browser.close();
  return rooms;
}

async function* checkServers(probes: ServerProbe[], store: Store): AsyncGenerator<Finding> {
  let knownServers: KnownServers = {};
  try {
    knownServers = await store.knownServers();
  } catch (thrown) {
    yield failed("identity", sentenceOf(thrown));
  }
  for (const probe of probes) {
    const namesakes = probes.filter((other) => other !== probe && other.target.key === probe.target.key);
    const others = namesakes.flatMap(({ identity }) => identity ?? []);
    yield* checkServer(probe, knownServers, others);
  }
}

async function* checkSound(
  choice: ChosenDevices,
  probes: ServerProbe[],
  note: (text: string) => void,
): AsyncGenerator<Finding> {
  const trial = openSoundTrial(choice);
  try {
    const devices = await trial.devices().catch(sentenceOf);
    yield checkSoundSystem(devices);
    if (typeof devices === "string") return;
    const nameOf = (direction: Direction): string =>
      usedDevice(devices, direction, choice[direction])?.name ?? choice[direction]?.name ?? "default";
    note("Listening to the microphone for one second: say something …");
    const capture = await trial.capture();
    yield checkMicrophone(capture, nameOf("input"));
    const playback = await trial.play();
    yield checkSpeaker(playback, nameOf("output"));
    const rooms = probes.flatMap(({ target, samples }) => {
      const roundTripMs = pingStatistics(samples)?.roundTripMs;
      return roundTripMs === undefined ? [] : [{ shown: target.shown, roundTripMs }];
    });
    for (const room of rooms.length > 0 ? rooms : [undefined]) yield checkDelay(capture, playback, room);
  } finally {
    await trial.close();
  }
}

/** The findings about the sound system, the microphone, the speaker, and the sum of their delays. Pure. */
import type { AudioDevice } from "../../audio/device.ts";
import { frameMs } from "../../audio/dsp/format.ts";
import type { PlaybackReport } from "../../audio/events.ts";
import { medianOf } from "../../base/median.ts";
import { type Finding, failed, passed, roundMs } from "./finding.ts";

/** The result of a short recording. */
export interface CaptureTrial {
  levelsDbfs: number[];
  /** For each frame, the ms from its end to the arrival of its packet. */
  encodeMs: number[];
  sound?: { peakDbfs: number; silent: boolean; clipped: boolean };
  /** Why it failed, in a sentence. */
  failure?: string;
  /** A sentence about a remembered device that is missing. */
  notice?: string;
}

/** The result of playing a short silence. */
export interface PlaybackTrial {
  report?: PlaybackReport;
  failure?: string;
  notice?: string;
}

/** Below this peak, in dBFS, the microphone counts as quiet; speech into a well-set microphone peaks far above. */
const quietDbfs = -40;

/** The devices, or the sentence that says why there are none. */
export function checkSoundSystem(devices: AudioDevice[] | string): Finding {
  if (typeof devices === "string") return failed("sound", devices);
  const hosts = [...new Set(devices.map(({ hostApi }) => hostApi))].join(", ");
  const microphones = devices.filter(({ inputs }) => inputs > 0).length;
  const speakers = devices.filter(({ outputs }) => outputs > 0).length;
  const figures = { hostApis: [...new Set(devices.map(({ hostApi }) => hostApi))], microphones, speakers };
  const message = `Sound system: ${hosts} with ${counted(microphones, "microphone")} and ${counted(speakers, "speaker")} (see holler devices)`;
  return passed("sound", message, { figures });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

export function checkMicrophone(
  { levelsDbfs, sound, failure, notice }: CaptureTrial,
  device: string,
): Finding {
  const figures = { device };
  if (failure !== undefined) return failed("microphone", join(notice, failure), { figures });
  const level = medianOf(levelsDbfs);
  if (sound === undefined || level === undefined) {
    const problem = `The microphone (${device}) was opened, but gave no sound: unplug it and try again.`;
    return failed("microphone", join(notice, problem), { figures });
  }
  const { silent, clipped } = sound;
  const [levelDbfs, peakDbfs] = [Math.round(level), Math.round(sound.peakDbfs)];
  const measured = `level ${levelDbfs} dBFS, peak ${peakDbfs} dBFS`;
  const details = { figures: { ...figures, levelDbfs, peakDbfs, silent, clipped } };
  if (silent) {
    const problem = `Nothing was heard from the microphone (${device}; ${measured}): is it muted? Another one is chosen with --input-device NAME.`;
    return failed("microphone", join(notice, problem), details);
  }
  if (clipped) {
    const problem = `The microphone (${device}) is too loud (${measured}): turn it down.`;
    return failed("microphone", join(notice, problem), details);
  }
  const isQuiet = peakDbfs < quietDbfs;
  const quiet = isQuiet
    ? `The microphone (${device}) is quiet: if you spoke, turn it up, or use --auto-gain.`
    : undefined;
  return passed("microphone", `Microphone: ${device}, ${measured}`, { ...details, ...noteOf(notice, quiet) });
}

export function checkSpeaker({ report, failure, notice }: PlaybackTrial, device: string): Finding {
  if (failure !== undefined) return failed("speaker", join(notice, failure), { figures: { device } });
  if (report === undefined || report.frames === 0) {
    const problem = `The speaker (${device}) was opened, but took no sound: unplug it and try again.`;
    return failed("speaker", join(notice, problem), { figures: { device } });
  }
  const { frames, underruns } = report;
  const seconds = ((frames * frameMs) / 1000).toFixed(1);
  const short =
    underruns > 0
      ? `The speaker (${device}) ran out of sound ${underruns === 1 ? "once" : `${underruns} times`}.`
      : undefined;
  const fact = `Speaker: ${device}, ${seconds} s of silence played`;
  return passed("speaker", fact, { figures: { device, underruns }, ...noteOf(notice, short) });
}

/**
 * The delay from a sound at this microphone to the same sound at the speaker of another person, whose machine is like this
 * one and as far from the server. `network` is one round trip: to the server, and from it to the other person.
 */
export function checkDelay(
  { encodeMs }: CaptureTrial,
  { report }: PlaybackTrial,
  room: { shown: string; roundTripMs: number } | undefined,
): Finding {
  const parts: [string, number | undefined][] = [
    // The first sample of a frame has waited this long when the last one is captured.
    ["capture", encodeMs.length > 0 ? frameMs : undefined],
    ["encode", medianOf(encodeMs)],
    ...(room === undefined ? [] : ([["network", room.roundTripMs]] as [string, number][])),
    ["buffer", report?.partsMs?.buffer],
    ["output", report?.partsMs?.output],
  ];
  const measured = parts.flatMap(([part, ms]) => (ms === undefined ? [] : ([[part, roundMs(ms)]] as const)));
  const missing = parts.flatMap(([part, ms]) => (ms === undefined ? [part] : []));
  const figures = { room: room?.shown, partsMs: Object.fromEntries(measured) };
  if (missing.length > 0) {
    const message = `The delay to expect is not known without ${missing.join(", ")}: see above.`;
    return failed("delay", message, { figures });
  }
  const totalMs = Math.round(measured.reduce((total, [, ms]) => total + ms, 0));
  const where = room === undefined ? ", the network apart" : ` in ${room.shown}`;
  const sum = measured.map(([part, ms]) => `${part} ${ms}`).join(" + ");
  const fact = `Delay to expect${where}: ${sum} = ${totalMs} ms, and what the devices themselves add (Bluetooth 100 ms or more)`;
  return passed("delay", fact, { figures: { ...figures, totalMs } });
}

/** The sentences that there are, as one text. */
function join(...sentences: (string | undefined)[]): string {
  return sentences.filter((sentence) => sentence !== undefined).join(" ");
}

function noteOf(...sentences: (string | undefined)[]): Pick<Finding, "note"> {
  const note = join(...sentences);
  return note === "" ? {} : { note };
}

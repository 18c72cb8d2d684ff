/** The findings about the sound system, the microphone, the speaker, and the sum of their delays. Pure. */
import type { AudioDevice } from "../../audio/device.ts";
import { frameMs } from "../../audio/dsp/format.ts";
import type { PlaybackReport } from "../../audio/events.ts";
import { medianOf } from "../../base/median.ts";
import type { Finding } from "./finding.ts";
import { roundMs } from "./finding.ts";

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
  if (typeof devices === "string") return { check: "sound", ok: false, message: devices };
  const hosts = [...new Set(devices.map(({ hostApi }) => hostApi))].join(", ");
  const microphones = devices.filter(({ inputs }) => inputs > 0).length;
  const speakers = devices.filter(({ outputs }) => outputs > 0).length;
  const figures = { hostApis: [...new Set(devices.map(({ hostApi }) => hostApi))], microphones, speakers };
  const message = `Sound system: ${hosts} with ${counted(microphones, "microphone")} and ${counted(speakers, "speaker")} (see holler devices)`;
  return { check: "sound", ok: true, message, figures };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

export function checkMicrophone(
  { levelsDbfs, sound, failure, notice }: CaptureTrial,
  device: string,
): Finding {
  const finding = (ok: boolean, message: string, figures: object = {}): Finding => ({
    check: "microphone",
    ok,
    message: join(notice, message),
    figures: { device, ...figures },
  });
  if (failure !== undefined) return finding(false, failure);
  const level = medianOf(levelsDbfs);
  if (sound === undefined || level === undefined)
    return finding(
      false,
      `The microphone (${device}) was opened, but gave no sound: unplug it and try again.`,
    );
  const { silent, clipped } = sound;
  const [levelDbfs, peakDbfs] = [Math.round(level), Math.round(sound.peakDbfs)];
  const figures = { levelDbfs, peakDbfs, silent, clipped };
  const measured = `level ${levelDbfs} dBFS, peak ${peakDbfs} dBFS`;
  if (silent)
    return finding(
      false,
      `Nothing was heard from the microphone (${device}; ${measured}): is it muted? Another one is chosen with --input-device NAME.`,
      figures,
    );
  if (clipped)
    return finding(false, `The microphone (${device}) is too loud (${measured}): turn it down.`, figures);
  const hint = peakDbfs < quietDbfs ? "; quiet: if you spoke, turn it up, or use --auto-gain" : "";
  return finding(true, `Microphone: ${device}, ${measured}${hint}`, figures);
}

export function checkSpeaker({ report, failure, notice }: PlaybackTrial, device: string): Finding {
  const finding = (ok: boolean, message: string, figures: object = {}): Finding => ({
    check: "speaker",
    ok,
    message: join(notice, message),
    figures: { device, ...figures },
  });
  if (failure !== undefined) return finding(false, failure);
  if (report === undefined || report.frames === 0)
    return finding(false, `The speaker (${device}) was opened, but took no sound: unplug it and try again.`);
  const { frames, underruns } = report;
  const seconds = ((frames * frameMs) / 1000).toFixed(1);
  const short =
    underruns > 0 ? `; it ran out of sound ${underruns === 1 ? "once" : `${underruns} times`}` : "";
  return finding(true, `Speaker: ${device}, ${seconds} s of silence played${short}`, { underruns });
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
    return { check: "delay", ok: false, message, figures };
  }
  const totalMs = Math.round(measured.reduce((total, [, ms]) => total + ms, 0));
  const where = room === undefined ? ", the network apart" : ` in ${room.shown}`;
  const sum = measured.map(([part, ms]) => `${part} ${ms}`).join(" + ");
  return {
    check: "delay",
    ok: true,
    message: `Delay to expect${where}: ${sum} = ${totalMs} ms, and what the devices themselves add (Bluetooth 100 ms or more)`,
    figures: { ...figures, totalMs },
  };
}

function join(notice: string | undefined, message: string): string {
  return notice === undefined ? message : `${notice} ${message}`;
}

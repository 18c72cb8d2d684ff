/** Judges the sound system, the microphone, the speaker, and the delay they add up to. Pure. */
import type { AudioDevice } from "../../audio/device.ts";
import { frameMs } from "../../audio/dsp/format.ts";
import type { PlaybackReport } from "../../audio/events.ts";
import { medianOf } from "../../base/median.ts";
import type { Finding } from "./finding.ts";
import { roundMs } from "./finding.ts";

/** What came of listening for a moment. */
export interface Listened {
  levelsDbfs: number[];
  /** From the end of a frame to its packet being here, ms, of each frame. */
  encodeMs: number[];
  sound?: { peakDbfs: number; silent: boolean; clipped: boolean };
  /** Why it did not work, in a sentence. */
  failure?: string;
  /** That a remembered device is missing, in a sentence. */
  notice?: string;
}

/** What came of playing a moment of silence. */
export interface Played {
  report?: PlaybackReport;
  failure?: string;
  notice?: string;
}

/** Below this people are asked to speak up, dBFS: speech into a microphone that is set well peaks far above it. */
const quietDbfs = -40;

/** The devices there are, or the sentence that says why there is none. */
export function judgeSound(devices: AudioDevice[] | string): Finding {
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

export function judgeMicrophone({ levelsDbfs, sound, failure, notice }: Listened, device: string): Finding {
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

export function judgeSpeaker({ report, failure, notice }: Played, device: string): Finding {
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
 * What passes between a sound at this microphone and the same sound at the speaker of another person whose machine
 * is like this one and as far from the server. `network` is one round trip: there, and on to the other.
 */
export function judgeDelay(
  { encodeMs }: Listened,
  { report }: Played,
  room: { shown: string; roundTripMs: number } | undefined,
): Finding {
  const parts: [string, number | undefined][] = [
    // The first of a frame has waited that long when the last of it is captured.
    ["capture", encodeMs.length > 0 ? frameMs : undefined],
    ["encode", medianOf(encodeMs)],
    ...(room === undefined ? [] : ([["network", room.roundTripMs]] as [string, number][])),
    ["buffer", report?.partsMs?.buffer],
    ["output", report?.partsMs?.output],
  ];
  const known = parts.flatMap(([part, ms]) => (ms === undefined ? [] : ([[part, roundMs(ms)]] as const)));
  const missing = parts.flatMap(([part, ms]) => (ms === undefined ? [part] : []));
  const figures = { room: room?.shown, partsMs: Object.fromEntries(known) };
  if (missing.length > 0) {
    const message = `The delay to expect is not known without ${missing.join(", ")}: see above.`;
    return { check: "delay", ok: false, message, figures };
  }
  const totalMs = Math.round(known.reduce((total, [, ms]) => total + ms, 0));
  const where = room === undefined ? ", the network apart" : ` in ${room.shown}`;
  const sum = known.map(([part, ms]) => `${part} ${ms}`).join(" + ");
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

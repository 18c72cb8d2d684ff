/** The findings of the doctor about the sound system, microphone, speaker and delay. */
import { describe, expect, test } from "bun:test";
import type { CaptureTrial, PlaybackTrial } from "../../../lib/client/doctor/sound-findings.ts";
import {
  checkDelay,
  checkMicrophone,
  checkSoundSystem,
  checkSpeaker,
} from "../../../lib/client/doctor/sound-findings.ts";
import { findingText } from "./finding-text.ts";

describe("the sound findings", () => {
  const device = { hostApi: "ALSA", inputs: 1, outputs: 0, defaultInput: true, defaultOutput: false };
  const capture: CaptureTrial = {
    levelsDbfs: [-40, -30, -20],
    encodeMs: [0.5, 0.6, 2],
    sound: { peakDbfs: -12.4, silent: false, clipped: false },
  };
  const report = { frames: 90, concealed: 0, dropped: 0, missing: 0, jitterMs: 1, underruns: 0 };
  const playback: PlaybackTrial = { report: { ...report, partsMs: { arrival: 20, buffer: 21, output: 25 } } };
  const microphone = (fields: Partial<CaptureTrial>): string =>
    findingText(checkMicrophone({ ...capture, ...fields }, "USB"));

  test("count the devices of the sound system, or say why there is none", () => {
    expect(findingText(checkSoundSystem([{ name: "a", ...device }]))).toBe(
      "sound: ok: Sound system: ALSA with 1 microphone and 0 speakers (see holler devices)",
    );
    expect(findingText(checkSoundSystem("There is none."))).toBe("sound: FAILED: There is none.");
  });

  test("show the level of a working microphone", () => {
    expect(microphone({})).toBe("microphone: ok: Microphone: USB, level -30 dBFS, peak -12 dBFS");
  });

  test("tell a microphone that is muted, too loud or quiet", () => {
    const sound = { peakDbfs: -96, silent: true, clipped: false };
    expect(microphone({ sound })).toMatch(/^microphone: FAILED: Nothing was heard .*muted/);
    expect(microphone({ sound: { peakDbfs: 0, silent: false, clipped: true } })).toMatch(
      /^microphone: FAILED: .*too loud/,
    );
    expect(microphone({ sound: { peakDbfs: -52, silent: false, clipped: false } })).toMatch(
      /^microphone: ok: Microphone: USB, level -30 dBFS, peak -52 dBFS \(note: The microphone \(USB\) is quiet: .*--auto-gain/,
    );
  });

  test("tell a microphone that fails, gives no sound, or replaces a missing one", () => {
    expect(microphone({ failure: "It is gone." })).toBe("microphone: FAILED: It is gone.");
    expect(findingText(checkMicrophone({ levelsDbfs: [], encodeMs: [] }, "USB"))).toMatch(
      /^microphone: FAILED/,
    );
    expect(microphone({ notice: "The Webcam is not there." })).toBe(
      "microphone: ok: Microphone: USB, level -30 dBFS, peak -12 dBFS (note: The Webcam is not there.)",
    );
  });

  test("show the underruns and failures of a speaker", () => {
    expect(findingText(checkSpeaker(playback, "HDMI"))).toBe(
      "speaker: ok: Speaker: HDMI, 1.8 s of silence played",
    );
    expect(findingText(checkSpeaker({ report: { ...report, underruns: 2 } }, "HDMI"))).toEndWith(
      "(note: The speaker (HDMI) ran out of sound 2 times.)",
    );
    expect(findingText(checkSpeaker({ failure: "It is gone." }, "HDMI"))).toBe(
      "speaker: FAILED: It is gone.",
    );
    expect(checkSpeaker({ report: { ...report, frames: 0 } }, "HDMI").ok).toBe(false);
    expect(checkSpeaker({}, "HDMI").ok).toBe(false);
  });

  test("add up the delay of capture, encoder, network, buffer and output", () => {
    const { message, figures } = checkDelay(capture, playback, { shown: "Lab 3", roundTripMs: 0.34 });
    expect(message).toBe(
      "Delay to expect in Lab 3: capture 20 + encode 0.6 + network 0.3 + buffer 21 + output 25 = 67 ms, and what the devices themselves add (Bluetooth 100 ms or more)",
    );
    expect(figures).toEqual({
      room: "Lab 3",
      partsMs: { capture: 20, encode: 0.6, network: 0.3, buffer: 21, output: 25 },
      totalMs: 67,
    });
  });

  test("add up the delay without the network when no room was reached", () => {
    const { ok, message, figures } = checkDelay(capture, playback, undefined);
    expect({ ok, message }).toEqual({
      ok: true,
      message:
        "Delay to expect, the network apart: capture 20 + encode 0.6 + buffer 21 + output 25 = 67 ms, and what the devices themselves add (Bluetooth 100 ms or more)",
    });
    expect(figures).not.toHaveProperty("partsMs.network");
  });

  test("fail when a part of the delay is unknown", () => {
    expect(findingText(checkDelay(capture, { failure: "It is gone." }, undefined))).toBe(
      "delay: FAILED: The delay to expect is not known without buffer, output: see above.",
    );
    expect(checkDelay({ ...capture, encodeMs: [] }, playback, undefined).message).toContain(
      "capture, encode:",
    );
  });
});

/** Tests the sentence of every code that the client itself makes: scripts read them in `--json`. */
import { describe, expect, test } from "bun:test";
import type { ClientError, ToldError, Warning } from "../../../lib/client/api.ts";
import { errorSentence, warningSentence } from "../../../lib/frontends/text/sentences.ts";

const errors: [ClientError | ToldError, string][] = [
  [{ code: "room-full", message: "The server says so." }, "The server says so."],
  [{ code: "not-confirmed", fate: "unsent" }, "This line was not sent: there was no connection."],
  [
    { code: "not-confirmed", fate: "unknown" },
    "This line was not confirmed, and it is not known whether it got through.",
  ],
  [
    { code: "not-confirmed", fate: "forgotten" },
    "This line was not confirmed, and it is not known whether it got through: the server was started anew.",
  ],
  [{ code: "busy", with: "lines" }, "Too many lines wait for the connection already."],
  [{ code: "busy", with: "clips" }, "Too many clips are waiting; this one is not."],
  [{ code: "not-connected" }, "Not connected: try again when the connection is back."],
  [{ code: "connection-lost" }, "The connection was lost before this was answered."],
  [{ code: "recording", refused: "record" }, "You are talking already."],
  [{ code: "recording", refused: "play" }, "You are talking: play it afterwards."],
  [{ code: "no-voice" }, "Voice is off (--no-voice)."],
  [{ code: "own-voice" }, "Your own voice is not played to you."],
  [{ code: "text-empty" }, "There is nothing to send in this line."],
  [{ code: "search-empty" }, "Name at least one word to search for."],
  [{ code: "bad-file" }, "Name the file to write."],
  [{ code: "bad-clip" }, "The server sent a clip that cannot be understood."],
  [{ code: "text-too-long", max: 4_000 }, "A line may have 4000 characters at most; this one was not sent."],
  [{ code: "name-invalid", max: 24 }, 'A name is 1 to 24 letters, digits, "_", "-" or ".".'],
  [{ code: "bad-seconds", max: 60 }, "A recording takes 1 to 60 seconds."],
  [{ code: "bad-minutes", max: 10_080 }, "It takes 1 to 10080 minutes."],
  [{ code: "bad-volume", max: 200 }, "A volume is 0 to 200 percent."],
  [{ code: "bad-limit", max: 500 }, "1 to 500 lines can be asked for at once."],
  [{ code: "bad-limit" }, "Ids are whole numbers."],
  [{ code: "no-such-name", name: "bob" }, "There is no bob here."],
  [{ code: "no-such-clip", clip: 7 }, "There is no clip 7, or it is not for you."],
  [{ code: "cancelled", before: "heard" }, "The newest clip was given up before it was heard."],
  [{ code: "cancelled", before: "saved", clip: 7 }, "Clip 7 was given up before it was saved."],
  [{ code: "file-exists", file: "a.wav" }, "a.wav is there already and stays as it is: choose another name."],
  [
    { code: "save-failed", file: "a.wav", cause: "no-folder" },
    "a.wav cannot be written: there is no such folder.",
  ],
  [{ code: "save-failed", file: "a.wav", cause: "is-folder" }, "a.wav is a folder: name a file in it."],
  [
    { code: "save-failed", file: "a.wav", cause: "not-allowed" },
    "a.wav cannot be written: you may not write there.",
  ],
  [
    { code: "save-failed", file: "a.wav", cause: "no-space" },
    "a.wav cannot be written: there is no room left.",
  ],
  [{ code: "save-failed", file: "a.wav", detail: "EIO" }, "a.wav cannot be written (EIO)."],
];

const warnings: [Warning, string][] = [
  [
    { code: "history-gap" },
    "Some lines from before are missing: they are no longer kept, or the server cannot read them.",
  ],
  [{ code: "silent" }, "Nothing was heard: is the microphone muted?"],
  [{ code: "clipped" }, "It was too loud: turn the microphone down, or move away from it."],
  [{ code: "uplink-late" }, "Your connection is stalling: the others miss some of what you say."],
  [{ code: "default-device", message: "The headset is missing." }, "The headset is missing."],
];

describe("sentences", () => {
  test.each(errors)("the error %j has the sentence %j", (error, sentence) => {
    expect(errorSentence(error)).toBe(sentence);
  });

  test.each(warnings)("the warning %j has the sentence %j", (warning, sentence) => {
    expect(warningSentence(warning)).toBe(sentence);
  });
});

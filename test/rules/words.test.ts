/** One thing has one name, the one that the field uses: words that once had another name here do not come back. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lineAt } from "./sources.ts";

interface Word {
  pattern: RegExp;
  /** What to write in its place. */
  write: string;
  /** Text that the pattern finds, and text that it leaves alone: each a way in which the word is or was used. */
  found: string[];
  honest?: string[];
  /** Only paths that begin so; everywhere unless given. */
  within?: string[];
}

const words: Word[] = [
  {
    pattern:
      /\b(?:an?|the|that|this|each|every|next|first|second|last|its|his|her|whose|one|two|no|same|later|live|long|whole) turns?\b|[a-z]Turns?\b|\bturn(?!Away)[A-Z]|\bTurn\b/g,
    write: "transmission (at the microphone), commit batch or tick (of the event loop)",
    found: ["the turn ends", "beginTurn", "turnMs", "costs one turn"],
    honest: ["in turn", "turnAway", "turns red", "turn it down", "return"],
  },
  {
    pattern: /shel(?:f|ves)\b|Shelf/gi,
    write: "store",
    found: ["ClipShelf", "a shelf", "shelves"],
    honest: ["itself"],
  },
  { pattern: /thin-?log/gi, write: "log throttle", found: ["thin-log.ts", "thinLog"] },
  { pattern: /\bwish(?:es|ed)?\b|Wish/g, write: "command", found: ["a wish", "Wish<T>"], honest: ["swish"] },
  {
    pattern: /\b(?:run|on|the|an?|each|other)[ ]?Intents?\b|\b[Ii]ntents?\b/g,
    write: "command, handleCommand, onCommand",
    found: ["onIntent", "an intent", "Intent"],
    honest: ["intentional"],
  },
  {
    pattern: /\b(?:an?|the|its|his|her) hush\b|["'`]hush["'`]|\bhush\(/g,
    write: "releaseFloor",
    found: ["a hush", '"hush"', "hush("],
    honest: ["hush now"],
  },
  {
    pattern: /\bknock(?:s|ed|ing)?\b|Knock/g,
    write: "connection attempt; attemptHandshake",
    found: ["knock", "createKnock", "who knocks"],
    // In sound, a knock is a knock.
    within: [
      "lib/client/",
      "lib/discovery/",
      "lib/server/",
      "test/client/",
      "test/discovery/",
      "test/server/",
    ],
  },
  {
    pattern: /\bdoor\b|\bDoor\b|[a-z]Door\b|door\.ts/g,
    write: "connection limiter; admit",
    found: ["the door", "createDoor"],
    honest: ["outdoors"],
  },
  {
    pattern: /\b(?:login|passphrase)Tries\b|createTries|\/tries\.ts/g,
    write: "login throttle",
    found: ["createTries", "./tries.ts"],
    honest: ["tries each address"],
  },
  {
    pattern: /\ballowances?\b|leftRates|\bpaces\b|madeUpFor|\bmade up for\b/gi,
    write: "rate limiter, rate class, debt, carried-over debt, theoretical arrival time",
    found: ["leftRates", "madeUpForMs", "what is made up for", "allowance"],
  },
  {
    pattern: /goesAgain|\bgoOn\b|\/too-fast(?:\.ts)?\b/g,
    write: "retry-after queue; scheduleRetry, retryDue",
    found: ["goesAgain", "./too-fast.ts"],
    honest: ['"voice-too-fast"', "goOnline"],
  },
  {
    pattern: /takePlace|\b[Cc]omers?\b|\bgoAway\b/g,
    write: "resumeSession, JoinRequest, detach",
    found: ["takePlace", "Comer", "a comer", "goAway"],
    honest: ["latecomer", "newcomer"],
  },
  {
    pattern: /\bnewcomers?\b/gi,
    write: "pending connection",
    found: ["newcomers"],
    within: ["lib/"],
  },
  {
    pattern: /\b(?:come|comes|coming|came)Back\b/g,
    write: "reconnect",
    found: ["comeBack", "comesBack"],
    honest: ["come back"],
  },
  {
    pattern: /\bcrowds?\b|Crowd\b|regather|\bgathered\b/gi,
    write: "audience (of a broadcast), batch, flush; in tests: clients, connections",
    found: ["a crowd", "regather", "gathered"],
    honest: ["crowded"],
  },
  { pattern: /\bhearers?\b/gi, write: "voice subscriber, listener", found: ["hearers"] },
  {
    pattern: /(?<!Pipe)Wire(?:\b|(?!Plumber)[A-Z])/g,
    write: "Transport, ClientConnection",
    found: ["Wire", "fakeWire", "WireSink"],
    honest: ["on the wire", "PipeWire"],
    within: ["lib/", "test/", "scripts/"],
  },
  { pattern: /\bHosted/g, write: "Transport, ClientConnection", found: ["HostedConnection", "Hosted"] },
  {
    pattern: /createPulse\b|\bPulse\b|\/pulse\.ts/g,
    write: "heartbeat",
    found: ["createPulse", "Pulse"],
    honest: ["PulseAudio", "type pulse"],
  },
  { pattern: /voice-?gate/gi, write: "voice congestion gate", found: ["voice-gate.ts", "voiceGate"] },
  {
    pattern: /\brecall(?:s|ed)?\b|\bRecall/g,
    write: "history query",
    found: ["recall", "Recall"],
    within: ["lib/client/", "lib/protocol/", "lib/server/", "scripts/", "test/client/", "test/server/"],
  },
  {
    pattern: /\bknow\(|\.know\b/g,
    write: "recordPresence",
    found: ["know(person)", "history.know"],
    honest: ["to know"],
  },
  {
    pattern: /\bdeeds?\b|Deed/g,
    write: "moderation action",
    found: ["deed", "Deed", "runDeed"],
    honest: ["indeed"],
  },
  {
    pattern: /\bfindings?\b|\bsparing\b|\bjudg(?:e|es|ed|ement)\b/gi,
    write: "resolved target, protected, authorize, check, classify",
    found: ["findings", "judge", "sparing"],
    within: ["lib/server/"],
  },
  {
    pattern: /(?:\b(?:type|interface|import|as)|[:<,{|(]) Person\b|<Person\b/g,
    write: "PublicKey (or Identity)",
    found: ["person: Person", "type Person", "<Person"],
    within: ["lib/"],
  },
  {
    pattern: /\basker\b|Asker/g,
    write: "Prompter",
    found: ["asker", "Asker", "testAsker"],
    honest: ["tasker"],
    within: ["lib/client/", "lib/frontends/", "test/client/", "test/frontends/", "test/e2e/"],
  },
  {
    pattern: /\bleaving\(|\bisNews\b|(?:\b(?:type|interface)|[:<]) (?:Stay|Stage|Known)\b/g,
    write: "Cancelled, warnOnce, session state, terminal state",
    found: ["leaving()", "isNews", "interface Stay"],
    within: ["lib/"],
  },
  {
    pattern: /patience|farewell|\blent\b/gi,
    write: "reconnect timeout, close timeout, valid only during the call",
    found: ["patienceMs", "farewell", "lent"],
    honest: ["silent"],
  },
  { pattern: /seen-?keeper/gi, write: "read marker", found: ["seenKeeper", "seen-keeper.ts"] },
  {
    pattern: /kept-?frames|play-?line|play-?measure|output-?memory/gi,
    write: "clip frame source, underrun detector, latency statistics, adaptive output buffering",
    found: ["keptFrames", "play-line.ts", "playMeasure", "output-memory"],
  },
  {
    pattern: /\bupkeep\b|Upkeep|\btid(?:y|ied|ies)\b|emptyJournal|room-?clock/gi,
    write: "maintenance, checkpoint, retention clock, clean up",
    found: ["upkeep", "createUpkeep", "tidied", "emptyJournal", "roomClock"],
    honest: ["untidy"],
  },
  { pattern: /pauseAfter/g, write: "backoffDelay", found: ["pauseAfter"] },
  {
    pattern: /\bwho(?:m)?ever\b|\bsomebody\b/gi,
    write: "the noun: the client, the sender, the user, a member",
    found: ["whoever", "Somebody"],
    within: ["lib/", "docs/", "README.md"],
  },
  {
    pattern: /\bnobody\b/g,
    write: "no client, no member; at the beginning of a sentence that people read, Nobody may stand",
    found: ["nobody"],
    honest: ["Nobody here is called dave."],
    within: ["lib/", "docs/", "README.md"],
  },
];

const root = join(import.meta.dir, "../..");
const ownPath = "test/rules/words.test.ts";
const texts = ["{lib,scripts,test,docs}/**/*.{ts,mjs,md,sh,py,h,cc}", "*.{ts,md}"]
  .flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root })])
  .map((path) => path.replaceAll("\\", "/"))
  // What was is history.
  .filter((path) => path !== ownPath && path !== "CHANGELOG.md")
  .sort()
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

function complaints(path: string, text: string): string[] {
  return words
    .filter(({ within }) => within?.some((start) => path.startsWith(start)) ?? true)
    .flatMap(({ pattern, write }) =>
      [...text.matchAll(pattern)].map(
        ({ index, 0: word }) => `${path}:${lineAt(text, index)} says "${word}"; write: ${write}`,
      ),
    );
}

test("no file uses a word that has been replaced", () => {
  expect(texts.flatMap(({ path, text }) => complaints(path, text))).toEqual([]);
});

test("each pattern finds the uses that are meant, and leaves the honest ones alone", () => {
  for (const { pattern, found, honest = [] } of words) {
    for (const text of found) expect([text, text.match(pattern)]).toEqual([text, expect.any(Array)]);
    for (const text of honest) expect([text, text.match(pattern)]).toEqual([text, null]);
  }
});

test("a complaint names the file, the line, the word and the word to write", () => {
  expect(complaints("lib/example.ts", "const a = 1;\n// a shelf\n")).toEqual([
    'lib/example.ts:2 says "shelf"; write: store',
  ]);
});

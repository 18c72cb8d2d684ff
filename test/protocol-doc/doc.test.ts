/** Compares the tables, examples, limits and dumps of docs/protocol.md with the code that they describe. */
import { describe, expect, test } from "bun:test";
import type { GenericSchema } from "valibot";
import { createDecoder } from "../../lib/audio/codec/codec.ts";
import type { ErrorCode } from "../../lib/protocol/errors.ts";
import { errorCodes, refusal } from "../../lib/protocol/errors.ts";
import { encodeFrame, lengthBytes, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import {
  clientMessages,
  decodeClientMessage,
  decodeServerMessage,
  protocolVersion,
  serverMessages,
} from "../../lib/protocol/messages.ts";
import { cleanLine, parseName } from "../../lib/protocol/text.ts";
import { decodeVoice } from "../../lib/protocol/voice-frame.ts";
import { docPath, fencedBlocks, hexBytes, madeBlocks } from "./blocks.ts";
import { aliceSession, voiceExample } from "./session.ts";

const page = await Bun.file(docPath).text();
const blocks = fencedBlocks(page);

/** The rows, with trimmed cells, of the table under this heading that has this first header cell. */
function table(heading: string, firstHeader: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  const lines = section.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeader} |`));
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith("|"));
  const rows = start < 0 ? [] : rest.slice(0, end);
  if (rows.length === 0) throw new Error(`no table with ${firstHeader} under ${heading}`);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** The text between the backticks of a cell that is one code span; else an empty string. */
function code(cell: string | undefined): string {
  return /^`(.*)`$/.exec(cell ?? "")?.[1] ?? "";
}

function number(cell: string | undefined): number {
  return Number((cell ?? "").replaceAll(",", ""));
}

const directions = [
  { heading: "4.", table: clientMessages, decode: decodeClientMessage },
  { heading: "5.", table: serverMessages, decode: decodeServerMessage },
] as const;

interface ObjectSchema extends GenericSchema {
  entries: Record<string, GenericSchema>;
}

/** Every field of every message in the schemas: message, field, and `optional` if it may be left out. */
function schemaFields(messages: Record<string, { fields: GenericSchema }>): string[] {
  return Object.entries(messages).flatMap(([type, { fields }]) =>
    Object.entries((fields as ObjectSchema).entries).map(
      ([field, { type: kind }]) => `${type} ${field}${kind === "optional" ? " optional" : ""}`,
    ),
  );
}

describe.each(directions)("docs/protocol.md, section $heading:", ({ heading, table: messages, decode }) => {
  const rows = table(heading, "kind");

  test("the messages are those of the code, in the same order", () => {
    const listed = rows.map(([kind, name]) => [code(name), Number(kind)]);
    expect(listed).toEqual(Object.entries(messages).map(([type, { kind }]) => [type, kind]));
  });

  test("the messages have the fields of the code", () => {
    const listed = table(heading, "message").map(
      ([message, field, type]) =>
        `${code(message)} ${code(field)}${type?.endsWith("optional") ? " optional" : ""}`,
    );
    expect(listed).toEqual(schemaFields(messages));
  });

  test("the examples of the messages are valid and have no unknown field", () => {
    for (const row of rows) {
      const [kind, name, example] = [Number(row[0]), code(row[1]), code(row.at(-1))];
      const decoded = decode(kind, encodeFrame(kind, new TextEncoder().encode(example)).subarray(5));
      expect(decoded).toEqual({
        type: "message",
        message: { type: name, ...JSON.parse(example) },
      });
    }
  });
});

test("docs/protocol.md explains every error code once, in the order of the code, and says whether it closes the connection", () => {
  const rows = table("12.", "code");
  expect(rows.map(([name]) => code(name))).toEqual(errorCodes);
  for (const [, comesAs = "", connection = ""] of rows) {
    expect(connection.startsWith("closes")).toBe(comesAs.startsWith("`goodbye`"));
    expect(connection === "closes" || connection === "goes on" || comesAs.includes("`error`")).toBe(true);
  }
});

test("docs/protocol.md lists for each error code exactly the fields that its sentence uses", () => {
  for (const [name = "", , , , fields = ""] of table("12.", "code")) {
    const asked = new Set<string>();
    const spy = new Proxy({}, { get: (_, field) => void asked.add(String(field)) });
    refusal(code(name) as ErrorCode, spy);
    expect([...asked].sort(), name).toEqual([...fields.matchAll(/`(\w+)`/g)].map(([, field = ""]) => field));
  }
});

test("the longest bodies and lengths in docs/protocol.md are those of the code", () => {
  const longest = table("3.", "sender").map((cells) => [
    code(`\`${cells[0]}\``),
    number(cells[3]),
    number(cells[4]),
  ]);
  expect(longest).toEqual([
    ["client", limits.clientBodyBytesMax, limits.clientBodyBytesMax + 1],
    ["either", limits.voiceBytesMax, limits.voiceBytesMax + 1],
    ["server", limits.serverBodyBytesMax, limits.serverBodyBytesMax + 1],
  ]);
});

test("the limits in docs/protocol.md are those of the code", () => {
  const listed = table("14.", "subject").map(([what = "", limit]) => [what, number(limit)]);
  expect(listed).toEqual([
    ["body of a JSON frame from a client, bytes", limits.clientBodyBytesMax],
    ["body of a JSON frame from a server, bytes", limits.serverBodyBytesMax],
    ["body of a voice frame, bytes", limits.voiceBytesMax],
    ["name, characters", limits.nameCharsMax],
    ["text, characters", limits.textCharsMax],
    ["combining marks in a row", limits.marksInARowMax],
    ["`ref` and `session`, characters", limits.refCharsMax],
    ["`client`, `server`, `at` and `welcome.history`, characters", limits.labelCharsMax],
    ["body of a frame before `welcome`, bytes", limits.pendingBodyBytesMax],
    ["messages of OPAQUE, characters", limits.opaqueCharsMax],
    ["passphrase, characters", limits.passphraseCharsMax],
    ["attempts at the passphrase from one address, at once", limits.loginAttemptsMax],
    ["one more attempt after, milliseconds", limits.loginAttemptEveryMs],
    [
      "attempts of one IPv6 network of 64 bits, in multiples of those of one address",
      limits.loginNetworkTimes,
    ],
    ["delay of the answer after a failed attempt, milliseconds, at least", limits.loginDelayMs],
    ["delay of the answer after a failed attempt, milliseconds, at most", limits.loginDelayMsMax],
    ["days without use after which a name becomes free, default", limits.nameDaysDefault],
    ["names that belong to one key", limits.namesPerPersonMax],
    ["bans", limits.bansMax],
    ["`minutes` of `silence`, default", limits.silenceMinutesDefault],
    ["`minutes`, at most", limits.silenceMinutesMax],
    ["time to begin a transmission after `floor` (section 11), milliseconds", limits.floorGivenMs],
    ["room name, characters", limits.roomCharsMax],
    ["room name, bytes of UTF-8", limits.roomBytesMax],
    ["`motd`, characters", limits.motdCharsMax],
    ["`message`, characters", limits.messageCharsMax],
    ["people in a room, default", limits.clientsDefault],
    ["people in a room, at most", limits.clientsMax],
    ["bytes waiting for one client whose connection takes nothing", limits.outboxBytesMax],
    ["length of a transmission, seconds", limits.transmissionSecondsMax],
    ["voice frames a second", limits.voiceFramesPerSecond],
    ["voice frames ahead of that pace, milliseconds", limits.voiceBurstMsMax],
    ["cost of a transmission at that pace, at least, milliseconds", limits.transmissionPaceMs],
    ["speakers at once, default", limits.speakersDefault],
    ["speakers at once, at most", limits.speakersMax],
    ["from the TCP connection to `hello`, milliseconds", limits.helloTimeoutMs],
    ["connections without a `hello`, in all", limits.pendingConnectionsMax],
    ["connections without a `hello` of one address", limits.pendingPerAddressMax],
    ["connections of one address a second, on average", limits.handshakesPerSecond],
    ["connections of one address at once", limits.handshakesBurst],
    [
      "connections of one IPv6 network of 64 bits, in multiples of those of one address",
      limits.handshakesNetworkTimes,
    ],
    ["lines (`say`, `whisper`) of one person a second, on average", limits.linesPerSecond],
    ["lines of one person at once", limits.linesBurst],
    ["bytes of lines of one person a second, on average", limits.lineBytesPerSecond],
    ["bytes of lines of one person at once", limits.lineBytesBurst],
    [
      "requests (`who`, `whois`, `history`, `search`, `clips`, `fetch`) of one person a second, on average",
      limits.requestsPerSecond,
    ],
    ["requests of one person at once", limits.requestsBurst],
    ["`rename` of one person a minute", limits.renamesPerMinute],
    ["different receivers of whispers of one person a minute", limits.whisperedPerMinute],
    ["voice of one person a minute, on average, seconds", limits.voiceSecondsPerMinute],
    ["voice of one person at once, seconds", limits.voiceSecondsBurst],
    [
      "after `too-fast`, all messages of that class are refused for milliseconds, at least",
      limits.refusedForMs,
    ],
    ["messages of one connection a second, on average, without voice", limits.messagesPerSecond],
    ["messages of one connection at once", limits.messagesBurst],
    ["from `floorGranted` to the first voice, milliseconds", limits.firstVoiceWithinMs],
    ["overtime of a transmission, milliseconds", limits.transmissionGraceMs],
    [
      "from the last allowed frame of a transmission to `releaseFloor`, milliseconds",
      limits.floorReleaseWithinMs,
    ],
    ["voice waiting for one listener, milliseconds", limits.voiceWaitMsMax],
    [
      "a `ping` of the server unanswered, beyond the round trip of the line, milliseconds",
      limits.voiceWaitMsMax,
    ],
    ["from one `ping` of the server to the next, at least, milliseconds", limits.voicePingEveryMs],
    ["`captureMs` and `encodeMs`", limits.partMsMax],
    ["packets in one `clip`", limits.clipPacketsMax],
    ["bytes of the packets of a clip", limits.clipBytesMax],
    ["clips in one `clips`", limits.clipsListedMax],
    ["clips between two people, for each of them", limits.privateClipsMax],
    ["how long clips are kept, default, days", limits.clipDaysDefault],
    ["size of all clips, default, megabytes", limits.clipMegabytesDefault],
    ["lines in one page of history", limits.historyPageMax],
    ["lines of a page as JSON, bytes; the line that exceeds it is the last", limits.historyPageBytesMax],
    ["how long lines are kept, default, days", limits.historyDaysDefault],
    ["size of the history, default, megabytes", limits.historyMegabytesDefault],
    ["size of the history with `--no-history`, megabytes", limits.resumeMegabytes],
    ["lines that wait for one person who is away", limits.waitingLinesMax],
    ["names with owners that the server remembers", limits.namesKnownMax],
    ["grace period after a lost connection (away), milliseconds", limits.gracePeriodMs],
    ["silence of the other side after which the client sends `ping`, milliseconds", limits.pingAfterMs],
    ["silence of the other side after which the connection is lost, milliseconds", limits.lostAfterMs],
    ["from `goodbye` or `quit` to the end, milliseconds", limits.closeTimeoutMs],
  ]);
});

test("the figures in docs/protocol.md, section 8, are those of the code", () => {
  const section = (page.split(/^## /m).find((part) => part.startsWith("8.")) ?? "").replaceAll(/\s+/g, " ");
  for (const said of [
    `for some days (${limits.historyDaysDefault})`,
    `(${limits.historyMegabytesDefault.toLocaleString("en")} MB)`,
    `the newest ${limits.resumeMegabytes} MB`,
    `more than ${limits.historyPageBytesMax.toLocaleString("en")} bytes as JSON`,
    `"limit":${limits.historyPageMax}`,
    `is away for ${limits.gracePeriodMs / 1_000} s`,
    `After ${limits.gracePeriodMs / 1_000} s the others get`,
    `are away for ${limits.gracePeriodMs / 1_000} s`,
    `At most ${limits.waitingLinesMax} lines wait`,
    `from the server for ${limits.pingAfterMs / 1_000} s, send \`ping\`. If nothing came for ${limits.lostAfterMs / 1_000} s`,
    `when nothing came for ${limits.lostAfterMs / 1_000} s, it takes`,
  ]) {
    expect(section).toContain(said);
  }
});

test("the characters that docs/protocol.md lists as dropped from a text are exactly those that cleanLine drops", () => {
  const [, list = ""] = /^Dropped: ((?:.*\n)+?)\n/m.exec(page) ?? [];
  const said = new Set<number>();
  for (const [, from = "", to = from] of list.matchAll(/U\+([0-9A-F]+)(?:–U\+([0-9A-F]+))?/g)) {
    for (let point = Number.parseInt(from, 16); point <= Number.parseInt(to, 16); point += 1) said.add(point);
  }
  const wrong: string[] = [];
  for (let point = 0; point <= 0x10_ffff; point += 1) {
    // Line breaks become a space earlier, and half a surrogate pair is no character.
    const isBreak = /[\t\n\v\f\r\u0085\u2028\u2029]/.test(String.fromCodePoint(point));
    if (isBreak || (point >= 0xd800 && point <= 0xdfff)) continue;
    const isDropped = cleanLine(`a${String.fromCodePoint(point)}b`) === "ab";
    if (isDropped !== said.has(point)) wrong.push(point.toString(16));
  }
  expect(wrong).toEqual([]);
});

test("the pattern for names in docs/protocol.md matches exactly the names that parseName accepts", () => {
  const section = page.split(/^## /m).find((part) => part.startsWith("13.")) ?? "";
  const [, pattern = ""] = /In terms of Unicode:\s+`([^`]+)`/.exec(section) ?? [];
  const [, never = ""] = /none of\s+`([^`]+)`/.exec(section) ?? [];
  const [isName, hasUnseen] = [new RegExp(`^${pattern}$`, "u"), new RegExp(never || "$^", "u")];
  const wrong: string[] = [];
  for (let point = 0; point <= 0x10_ffff; point += 1) {
    const name = `a${String.fromCodePoint(point)}`;
    const composed = name.normalize("NFC");
    const isSaid = isName.test(composed) && !hasUnseen.test(composed);
    if (isSaid !== (parseName(name) !== undefined)) wrong.push(point.toString(16));
  }
  expect(wrong).toEqual([]);
});

describe("the generated parts of docs/protocol.md", () => {
  test("are up to date (test/protocol-doc/blocks.ts writes them)", async () => {
    for (const [words, content] of Object.entries(await madeBlocks()))
      expect(blocks.get(words)).toBe(content);
  });

  test("contain the bytes of the session", () => {
    const frames = aliceSession().map(({ frame }) => frame);
    expect(hexBytes(blocks.get("hex session") ?? "")).toEqual(new Uint8Array(Buffer.concat(frames)));
    expect(aliceSession().map(({ direction, type }) => `${direction} ${type}`)).toEqual([
      "C→S hello",
      "S→C welcome",
      "C→S say",
      "S→C said",
      "C→S quit",
    ]);
  });

  test("contain a voice frame that matches its notes", async () => {
    const frame = voiceExample();
    expect(new DataView(frame.buffer).getUint32(0)).toBe(20);
    expect(frame[lengthBytes]).toBe(voiceKind);
    const voice = decodeVoice(frame.subarray(lengthBytes + 1));
    expect(voice).toMatchObject({ stream: 7, sequence: 2, capturedAt: 3_600_040_000 });
    const decoder = await createDecoder();
    const samples = decoder.decode(voice?.payload ?? null);
    decoder.free();
    expect(samples).toHaveLength(960);
    expect(samples.every((sample) => Math.abs(sample) < 0.001)).toBe(true);
  });
});

test("the title of docs/protocol.md has the protocol version of the code", () => {
  expect(page.startsWith(`# The Holler protocol, version ${protocolVersion}\n`)).toBe(true);
});

/**
 * Takes the bytes that a terminal sends apart by the grammar of ECMA-48: text, control characters, keys with Alt, and
 * control sequences, each whole, however its bytes are cut into chunks. Control strings, which only ever come as replies
 * of the terminal (colours, the clipboard, its version), are swallowed. Pure: the caller says when its time is up.
 *
 * The states are those of Paul Williams' parser of the VT500 (vt100.net/emu/dec_ansi_parser), seen from the other side:
 * ESC may also be the Esc key, and a character after it a key with Alt. So a lone ESC is decided by time, and a control
 * character that the grammar does not allow is a key that ends what is unfinished.
 */

export type TerminalInput =
  | { type: "text"; text: string }
  /** A C0 control, DEL, or a C1 control that introduces nothing. */
  | { type: "control"; char: string }
  /** The Esc key. */
  | { type: "escape" }
  /** ESC and an ASCII character: a key that was pressed with Alt. */
  | { type: "alt"; char: string }
  /** `CSI params final`; the parameters contain the intermediate bytes, too. `alt`: another ESC came before it. */
  | { type: "csi"; params: string; final: string; alt: boolean }
  /** `SS3 final`: a function key of the application mode. */
  | { type: "ss3"; params: string; final: string; alt: boolean };

export interface ControlSequenceParser {
  /** What is complete with these bytes. */
  push(bytes: Uint8Array): TerminalInput[];
  /** How long the rest of what is unfinished may take, in ms; undefined: nothing is unfinished. */
  timeoutMs(): number | undefined;
  /** The rest did not come within that time: a lone ESC was the Esc key, and anything else is dropped. */
  timeOut(): TerminalInput[];
}

/** Long enough for the rest of an arrow key to arrive over a slow line, short enough for Esc to feel immediate. */
export const escapeTimeoutMs = 50;
/** What has begun after ESC is certainly a sequence: its rest may take as long as a bad line needs. */
export const sequenceTimeoutMs = 1_000;
/** Longer parameters are those of no terminal; the sequence is swallowed to its end. */
const paramsCharsMax = 256;
/** A reply with the clipboard (OSC 52) can be long. What follows after so many bytes is text again. */
export const stringBytesMax = 1_048_576;

type State =
  | "ground"
  | "escape"
  /** ESC and an intermediate byte: the designation of a character set, in a paste. */
  | "escape-intermediate"
  | "csi"
  /** `CSI [`: the next byte names a function key of the Linux console. */
  | "console-key"
  /** `CSI M`: three bytes follow, which say what the mouse did (X10). */
  | "mouse"
  | "ss3"
  /** OSC, DCS, APC, PM or SOS. */
  | "string"
  /** ESC within a string: its end, when `\` follows. */
  | "string-escape";

interface Parser {
  state: State;
  /** Bytes of text that are not decoded yet. */
  readonly text: number[];
  readonly decoder: TextDecoder;
  /** What the bytes so far have made. */
  inputs: TerminalInput[];
  /** The last byte was 0xC2: it makes a C1 control of a byte from 0x80 to 0x9F. */
  isC2: boolean;
  /** An ESC came before the one that began this sequence. */
  alt: boolean;
  /** The byte behind ESC that began this sequence. */
  introducer: string;
  params: string;
  /** The bytes of this string, or those that are still to come of a mouse report or a character. */
  count: number;
}

const [bel, lineFeed, esc, backslash, del] = [0x07, 0x0a, 0x1b, 0x5c, 0x7f];
const stringIntroducers = "P]X^_";

export function createControlSequenceParser(): ControlSequenceParser {
  const parser: Parser = {
    state: "ground",
    text: [],
    decoder: new TextDecoder("utf-8", { ignoreBOM: true }),
    inputs: [],
    isC2: false,
    alt: false,
    introducer: "",
    params: "",
    count: 0,
  };
  const take = (): TerminalInput[] => {
    flushText(parser, true);
    const { inputs } = parser;
    parser.inputs = [];
    return inputs;
  };
  return {
    push(bytes) {
      for (const byte of bytes) joinC1(parser, byte);
      return take();
    },
    timeoutMs: () => timeoutMs(parser),
    timeOut() {
      timeOut(parser);
      return take();
    },
  };
}

/** In UTF-8 a C1 control is two bytes, of which the first is 0xC2. The bytes of a mouse report are no text. */
function joinC1(parser: Parser, byte: number): void {
  const wasC2 = parser.isC2;
  parser.isC2 = byte === 0xc2 && parser.state !== "mouse";
  if (wasC2 && byte >= 0x80 && byte <= 0x9f) return takeC1(parser, byte);
  if (wasC2) takeByte(parser, 0xc2);
  if (!parser.isC2) takeByte(parser, byte);
}

/** The C1 control is the same as ESC and the character 0x40 below it. */
function takeC1(parser: Parser, code: number): void {
  const char = String.fromCharCode(code - 0x40);
  flushText(parser, false);
  if (parser.state === "string" && char === "\\") return toGround(parser);
  if (parser.state === "escape") timeOut(parser);
  toGround(parser);
  if (!introduce(parser, char) && char !== "\\")
    emit(parser, { type: "control", char: String.fromCharCode(code) });
}

function takeByte(parser: Parser, byte: number): void {
  switch (parser.state) {
    case "ground":
      return inGround(parser, byte);
    case "escape":
      return inEscape(parser, byte);
    case "escape-intermediate":
      return byte >= 0x30 && byte < del ? toGround(parser) : again(parser, byte);
    case "csi":
      return inCsi(parser, byte);
    case "console-key":
      return isFinal(byte) ? toGround(parser) : again(parser, byte);
    case "mouse":
      return inMouse(parser, byte);
    case "ss3":
      return inSs3(parser, byte);
    case "string":
      return inString(parser, byte);
    case "string-escape":
      parser.state = "escape";
      return byte === backslash ? toGround(parser) : takeByte(parser, byte);
  }
}

function inGround(parser: Parser, byte: number): void {
  if (byte >= 0x20 && byte !== del) return void parser.text.push(byte);
  if (byte !== esc) return emit(parser, { type: "control", char: String.fromCharCode(byte) });
  flushText(parser, false);
  parser.state = "escape";
}

function inEscape(parser: Parser, byte: number): void {
  const char = String.fromCharCode(byte);
  if (byte === esc) {
    // Only the last two count: ESC ESC [ A is an arrow with Alt.
    if (parser.alt) emit(parser, { type: "escape" });
    parser.alt = true;
    return;
  }
  if ((char === "[" || char === "O") && introduce(parser, char)) return;
  if (parser.alt) emit(parser, { type: "escape" });
  parser.alt = false;
  if (introduce(parser, char)) return;
  toGround(parser);
  if (byte >= 0x20 && byte <= 0x2f) {
    parser.state = "escape-intermediate";
    parser.introducer = char;
  } else if (byte < 0x80) emit(parser, { type: "alt", char });
  // A character beyond ASCII is the same with Alt and without.
  else takeByte(parser, byte);
}

/** Begins a sequence or a string; false when the character introduces none. */
function introduce(parser: Parser, char: string): boolean {
  const isString = stringIntroducers.includes(char);
  if (!isString && char !== "[" && char !== "O") return false;
  parser.state = isString ? "string" : char === "[" ? "csi" : "ss3";
  parser.introducer = char;
  parser.params = "";
  parser.count = 0;
  return true;
}

function inCsi(parser: Parser, byte: number): void {
  const { params, alt } = parser;
  const char = String.fromCharCode(byte);
  // In rxvt, a key with Shift ends in `$`, which is no final byte.
  const isShifted = char === "$" && /^\d+$/.test(params);
  if (byte >= 0x20 && byte <= 0x3f && !isShifted) {
    // One more than the longest tells that they are too long.
    if (params.length <= paramsCharsMax) parser.params += char;
    parser.count += 1;
    return parser.count > stringBytesMax ? toGround(parser) : undefined;
  }
  if (!isFinal(byte) && !isShifted) return again(parser, byte);
  toGround(parser);
  if (params === "" && char === "M") {
    parser.state = "mouse";
    parser.count = 3;
  } else if (params === "" && char === "[") parser.state = "console-key";
  else if (params.length <= paramsCharsMax) emit(parser, { type: "csi", params, final: char, alt });
}

function inMouse(parser: Parser, byte: number): void {
  // A column or row that is too far away for a byte is 0.
  if (byte < 0x20 && byte !== 0) return again(parser, byte);
  parser.count -= 1;
  if (parser.count === 0) toGround(parser);
}

/** The final bytes of function keys and of the numeric keypad, and those of rxvt. */
const ss3Finals = /[A-IM-SXa-dj-y]/;

function inSs3(parser: Parser, byte: number): void {
  const { params, alt } = parser;
  const char = String.fromCharCode(byte);
  if (/[\d;]/.test(char) && params.length < 8) parser.params += char;
  else if (ss3Finals.test(char)) {
    toGround(parser);
    emit(parser, { type: "ss3", params, final: char, alt });
  } else again(parser, byte);
}

/**
 * A command string has the bytes 08 to 0D and 20 to 7E, and in practice UTF-8. A line end is left out of them: it is
 * the Enter key, which must always work. A string ends by ST, an OSC also by BEL.
 */
function inString(parser: Parser, byte: number): void {
  if (byte === esc) {
    parser.state = "string-escape";
    return;
  }
  if (byte === bel && parser.introducer === "]") return toGround(parser);
  const isAllowed = byte >= 0x20 || (byte >= bel && byte <= 0x0c && byte !== lineFeed);
  if (!isAllowed) return again(parser, byte);
  parser.count += 1;
  if (parser.count > stringBytesMax) toGround(parser);
}

/** The byte does not continue what is unfinished: that is dropped, or was a key with Alt, and the byte begins anew. */
function again(parser: Parser, byte: number): void {
  timeOut(parser);
  takeByte(parser, byte);
}

function timeoutMs({ state, count }: Parser): number | undefined {
  if (state === "ground") return undefined;
  // Alt and the introducer of a string are two such bytes, too.
  const isKey = state === "escape" || state === "escape-intermediate" || (state === "string" && count === 0);
  return isKey ? escapeTimeoutMs : sequenceTimeoutMs;
}

function timeOut(parser: Parser): void {
  const { state, alt, introducer, params, count } = parser;
  const isOnlyIntroducer =
    state === "escape-intermediate" ||
    ((state === "csi" || state === "ss3") && params === "") ||
    (state === "string" && count === 0);
  toGround(parser);
  if (alt && (state === "escape" || isOnlyIntroducer)) emit(parser, { type: "escape" });
  if (state === "escape") emit(parser, { type: "escape" });
  else if (isOnlyIntroducer) emit(parser, { type: "alt", char: introducer });
}

function toGround(parser: Parser): void {
  parser.state = "ground";
  parser.alt = false;
}

function emit(parser: Parser, input: TerminalInput): void {
  flushText(parser, false);
  parser.inputs.push(input);
}

/** Decodes the bytes of text. The last character may be cut only at the end of a chunk. */
function flushText(parser: Parser, isCut: boolean): void {
  const text = parser.decoder.decode(Uint8Array.from(parser.text), { stream: isCut });
  parser.text.length = 0;
  if (text !== "") parser.inputs.push({ type: "text", text });
}

function isFinal(byte: number): boolean {
  return byte >= 0x40 && byte <= 0x7e;
}

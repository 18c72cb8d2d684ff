/** Names the keys behind the input of a terminal. Pure. */
import type { TerminalInput } from "./control-sequences.ts";

/** A key press; `text` is the text that it inserts. Names are those of node:readline, letters in lower case. */
export interface Key {
  name: string;
  text: string;
  ctrl: boolean;
  meta: boolean;
}

/**
 * The keys of one input, none for replies of the terminal: mouse, focus, colours, sizes, versions, and keys without a
 * function here. The marks of a paste are keys called `paste-start` and `paste-end`.
 */
export function keysOf(input: TerminalInput): Key[] {
  switch (input.type) {
    case "text":
      return Array.from(input.text, (char) => ({ ...keyNamed(""), text: char }));
    case "control":
      return [controlKey(input.char)];
    case "escape":
      return [keyNamed("escape")];
    case "alt":
      return [
        {
          ...(input.char < " " || input.char === "\x7f"
            ? controlKey(input.char)
            : keyNamed(input.char.toLowerCase())),
          meta: true,
        },
      ];
    case "csi":
    case "ss3": {
      const key = functionKey(input);
      return key === undefined ? [] : [input.alt ? { ...key, meta: true } : key];
    }
  }
}

/** What the input adds to a line that the terminal edits by itself: there, keys without text are none. */
export function lineTextOf(input: TerminalInput): string {
  if (input.type === "text") return input.text;
  // In such a line, an ESC is there where Esc was pressed.
  return input.type === "control" || input.type === "alt" ? input.char : "";
}

/** The Enter key, however the terminal spells it. */
export function isEnter({ name }: Key): boolean {
  return name === "return" || name === "enter";
}

function keyNamed(name: string): Key {
  return { name, text: "", ctrl: false, meta: false };
}

const controlNames: Record<string, string> = {
  "\b": "backspace",
  "\t": "tab",
  "\n": "enter",
  "\r": "return",
  "\x7f": "backspace",
};

function controlKey(char: string): Key {
  const name = controlNames[char];
  if (name !== undefined) return keyNamed(name);
  // Ctrl takes the two highest bits away from a letter. A C1 control is no key that has a binding.
  return { ...keyNamed(String.fromCharCode(char.charCodeAt(0) + 0x40).toLowerCase()), ctrl: true };
}

/** `CSI 1 ; modifiers final` and `SS3 final`; small letters are those of rxvt. */
const keysByFinal: Record<string, string> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  M: "return",
  Z: "tab",
  a: "up",
  b: "down",
  c: "right",
  d: "left",
};
/** `CSI number ; modifiers ~` */
const keysByNumber: Record<string, string> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  200: "paste-start",
  201: "paste-end",
};
/** `CSI code ; modifiers u` of the kitty protocol: keys that insert no text. */
const keysByCode: Record<number, string> = {
  9: "tab",
  13: "return",
  27: "escape",
  127: "backspace",
  57414: "return",
  57417: "left",
  57418: "right",
  57419: "up",
  57420: "down",
  57421: "pageup",
  57422: "pagedown",
  57423: "home",
  57424: "end",
  57425: "insert",
  57426: "delete",
};
/** The numeric keypad of the kitty protocol, from code 57399 on. */
const keypadFirst = 57399;
const keypad = "0123456789./*-+";
/** Other keys have codes in the private use area of Unicode. */
const isPrivateUse = (code: number) => code >= 0xe000 && code <= 0xf8ff;

/** The modifiers of xterm and kitty; the number that is sent is one more than their sum. */
const modifiers = { shift: 1, alt: 2, ctrl: 4, super: 8, hyper: 16, meta: 32, capsLock: 64 };
/** An event of the kitty protocol: the key goes up again. */
const released = "3";

function functionKey({
  type,
  params,
  final,
}: Extract<TerminalInput, { type: "csi" | "ss3" }>): Key | undefined {
  // `CSI … M` without a leading number is the mouse, and was taken before.
  if (type === "csi" && final === "M") return undefined;
  if (final === "u") return kittyKey(params);
  const otherKey = /^27;(\d+);(\d+)$/.exec(params);
  if (final === "~" && otherKey !== null) return codeKey(Number(otherKey[2]), sumOf(otherKey[1]));
  const [whole, number = "", sum, event] = /^(\d*)(?:;(\d*))?(?::(\d*))?$/.exec(params) ?? [];
  if (whole === undefined || event === released) return undefined;
  // In rxvt, the last character says which modifier was held: Shift, Ctrl, or both.
  const isByNumber = final === "~" || final === "^" || final === "$" || final === "@";
  const name = isByNumber ? keysByNumber[number] : keysByFinal[final];
  if (name === undefined) return undefined;
  const isCtrl = final === "^" || final === "@" || (type === "ss3" && /[a-d]/.test(final));
  // Older terminals put the modifiers alone in front of the letter.
  const held = sumOf(sum ?? (isByNumber ? undefined : number));
  return withModifiers(keyNamed(name), held | (isCtrl ? modifiers.ctrl : 0));
}

/** `code:shifted:base ; modifiers:event ; text`, of which only the code must be there. */
const kittyPattern = /^(\d+)(?::(\d*))?(?::(\d*))?(?:;(\d*)(?::(\d*))?)?(?:;([\d:]*))?$/;

function kittyKey(params: string): Key | undefined {
  const [whole, code, shifted, base, sum, event, text] = kittyPattern.exec(params) ?? [];
  if (whole === undefined || event === released) return undefined;
  const held = sumOf(sum);
  // A shortcut is on the key that has the Latin letter, also in a Cyrillic layout.
  if (base && held & modifiers.ctrl) return codeKey(Number(base), held);
  if (text) return { ...keyNamed(""), text: text.split(":").map(Number).map(charOf).join("") };
  if (shifted && held & modifiers.shift) return codeKey(Number(shifted), held);
  return codeKey(Number(code), held);
}

function codeKey(code: number, held: number): Key | undefined {
  const name = keysByCode[code];
  if (name !== undefined) return withModifiers(keyNamed(name), held);
  const keypadChar = keypad[code - keypadFirst];
  if (keypadChar === undefined && isPrivateUse(code)) return undefined;
  const char = keypadChar ?? charOf(code);
  if (held & (modifiers.ctrl | modifiers.alt | modifiers.super | modifiers.hyper | modifiers.meta))
    return withModifiers(keyNamed(char.toLowerCase()), held);
  const isUpper = (held & modifiers.shift) !== 0 || (held & modifiers.capsLock) !== 0;
  return { ...keyNamed(""), text: isUpper ? char.toUpperCase() : char };
}

/** A key with Super or Hyper is a shortcut of the desktop. */
function withModifiers(key: Key, held: number): Key | undefined {
  if (held & (modifiers.super | modifiers.hyper)) return undefined;
  return {
    ...key,
    ctrl: (held & modifiers.ctrl) !== 0,
    meta: (held & (modifiers.alt | modifiers.meta)) !== 0,
  };
}

function sumOf(number: string | undefined): number {
  return number ? Number(number) - 1 : 0;
}

/** The character, or "" when there is none with this code. */
function charOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/** Replies of terminals, none of which is typed by a person: as bytes, in Latin-1. */
import type { TerminalInput } from "../../lib/terminal/control-sequences.ts";

/** What is sent without being asked for, or late: by its name. */
export const replies: Record<string, string> = {
  "the background colour (OSC 11), ended by ST": "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
  "the background colour (OSC 11), ended by BEL": "\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
  "the clipboard (OSC 52)": `\x1b]52;c;${"aGVsbG8gd29ybGQK".repeat(20)}\x07`,
  "a title beyond ASCII (OSC l)": "\x1b]lna\xc3\xafve \xe6\xbc\xa2 \xe2\x9c\x93\x1b\\",
  "a setting (DCS, DECRQSS)": "\x1bP1$r0;4;38:5:12m\x1b\\",
  "a capability (DCS, XTGETTCAP)": "\x1bP1+r544e=787465726d\x1b\\",
  "the version (DCS, XTVERSION)": "\x1bP>|XTerm(388)\x1b\\",
  "the third device attributes (DCS)": "\x1bP!|00000000\x1b\\",
  "a picture (APC)": "\x1b_Gi=31;OK\x1b\\",
  "a privacy message (PM)": "\x1b^private\x1b\\",
  "a start of string (SOS)": "\x1bXanything\x1b\\",
  "the device attributes": "\x1b[?62;1;2;6;9;22c",
  "the second device attributes": "\x1b[>41;388;0c",
  "the cursor's place": "\x1b[24;80R",
  "the cursor's place (DECXCPR)": "\x1b[?24;80;1R",
  "the state of the terminal": "\x1b[0n",
  "the state of a mode (DECRPM)": "\x1b[?2026;2$y",
  "the state of an ANSI mode (DECRPM)": "\x1b[4;2$y",
  "the colour scheme": "\x1b[?997;1n",
  "the flags of the kitty keyboard": "\x1b[?31u",
  "the size in cells": "\x1b[8;24;80t",
  "a resize in band": "\x1b[48;24;80;480;960t",
  "the mouse in X10's encoding": "\x1b[M !!",
  "the mouse in X10's encoding, far to the right": "\x1b[M\x20\xe3\xa9",
  "the mouse in X10's encoding, where UTF-8 would be one character": "\x1b[M#\xc3\xa9",
  "the mouse in X10's encoding, where a C1 control would be": "\x1b[M \xc2\x9b",
  "the mouse in X10's encoding, too far for a byte": "\x1b[M \0\x7f",
  "the mouse in SGR's encoding": "\x1b[<0;12;5M\x1b[<0;12;5m",
  "the mouse in urxvt's encoding": "\x1b[32;12;5M",
  "a window that gets the focus": "\x1b[I",
  "a window that loses the focus": "\x1b[O",
  "a function key": "\x1b[15;5~",
  "a function key of the Linux console": "\x1b[[A",
  "a function key of the application mode": "\x1bOP",
  "a key that goes up (kitty)": "\x1b[97;1:3u",
  "an arrow that goes up (kitty)": "\x1b[1;1:3A",
  "a key of a keyboard for media (kitty)": "\x1b[57428u",
  "a key with Super (kitty)": "\x1b[97;9u",
  "a console key of Windows": "\x1b[65;30;97;1;0;1_",
  "parameters that are far too long": `\x1b[${"1;".repeat(2_000)}m`,
  "the device attributes with a C1 introducer": "\xc2\x9b?62;22c",
  "the background colour between C1 controls": "\xc2\x9d11;rgb:0000/0000/0000\xc2\x9c",
  "the version between C1 controls": "\xc2\x90>|XTerm(388)\xc2\x9c",
  "a picture between C1 controls": "\xc2\x9fGi=31;OK\xc2\x9c",
};

export function bytesOf(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (char) => char.charCodeAt(0));
}

/** The bytes in two chunks, at each place; byte by byte; and whole. */
export function* cuts(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
  for (let at = 1; at < bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

/** The same inputs; texts that follow each other are one. */
export function joined(inputs: TerminalInput[]): TerminalInput[] {
  const all: TerminalInput[] = [];
  for (const input of inputs) {
    const last = all.at(-1);
    if (input.type === "text" && last?.type === "text") last.text += input.text;
    else all.push({ ...input });
  }
  return all;
}

/** Generates parts of docs/protocol.md: its hex dumps and its client. Run this file to write them into the page. */
import { join } from "node:path";
import { aliceSession, voiceExample } from "./session.ts";

export const docPath = join(import.meta.dir, "../../docs/protocol.md");
export const clientPath = join(import.meta.dir, "client.py");

/** The content of each generated block, by the words after its opening fence. */
export async function madeBlocks(): Promise<Record<string, string>> {
  return {
    "hex voice": annotatedVoice(voiceExample()),
    "hex session": aliceSession()
      .map(({ direction, type, kind, frame }) => {
        return `${direction}  ${type}, kind ${kind}, ${frame.length} bytes\n${hexDump(frame)}`;
      })
      .join("\n"),
    python: await Bun.file(clientPath).text(),
  };
}

/** The fenced blocks of a page, by the words after their opening fence. */
export function fencedBlocks(page: string): Map<string, string> {
  return new Map([...page.matchAll(fence)].map(([, words = "", content = ""]) => [words, content]));
}

const fence = /^```(\S.*)\n((?:(?!```).*\n)*)```$/gm;

/** A dump in the form of `hexdump -C`, with offsets from the start of the frame. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += 16) {
    const row = [...bytes.subarray(offset, offset + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    lines.push(`  ${offset.toString(16).padStart(4, "0")}  ${hex.padEnd(47)}  ${text.join("")}\n`);
  }
  return lines.join("");
}

/** The bytes in a dump of `hexDump`, without titles and text. */
export function hexBytes(dump: string): Uint8Array {
  const rows = [...dump.matchAll(/^ {2}[0-9a-f]{4} {2}((?:[0-9a-f]{2} ?)+)/gm)];
  return Uint8Array.fromHex(rows.map(([, hex = ""]) => hex.replaceAll(" ", "")).join(""));
}

function annotatedVoice(frame: Uint8Array): string {
  const parts: [number, number, string][] = [
    [0, 4, "length 20: the kind and a body of 19 bytes"],
    [4, 5, "kind 16: voice"],
    [5, 9, "stream 7"],
    [9, 13, "sequence 2"],
    [13, 21, "captured at 3600040000 µs"],
    [21, frame.length, "the Opus packet"],
  ];
  return parts
    .map(
      ([from, to, title]) =>
        `${frame.subarray(from, to).toHex().replace(/..\B/g, "$& ").padEnd(25)}${title}\n`,
    )
    .join("");
}

if (import.meta.main) {
  const made = await madeBlocks();
  const page = await Bun.file(docPath).text();
  const renewed = page.replace(fence, (whole, words: string) => {
    const content = made[words];
    return content === undefined ? whole : `\`\`\`${words}\n${content}\`\`\``;
  });
  await Bun.write(docPath, renewed);
}

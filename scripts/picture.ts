/**
 * Draws docs/holler.svg, the picture in the README: a real conversation of the built programs in two terminals,
 * with virtual microphones. After `npm run build`: `node_modules/.bin/bun scripts/picture.ts`.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAudioRig, synthesize } from "../test/support/audio-rig.ts";
import type { Tmux } from "../test/support/tmux.ts";
import { openTmux } from "../test/support/tmux.ts";

const columns = 64;
const rows = 11;
const cell = { width: 8.4, height: 18 };

const home = await mkdtemp(join(tmpdir(), "holler-picture-"));
const rig = await startAudioRig(["alice", "bob"]);
const server = Bun.spawn(
  [
    "dist/holler-server",
    "--name",
    "Lab 3",
    "--no-advertise",
    "--port",
    "0",
    "--data",
    home,
    "--log-format",
    "json",
  ],
  { stdout: "pipe" },
);
const listening = JSON.parse(
  new TextDecoder().decode((await server.stdout.getReader().read()).value).split("\n")[0] ?? "",
);

const alice = await enter("alice");
const bob = await enter("bob");
await say(alice, "is the oven free after lunch?", bob);
await say(bob, "all yours ✓", alice);
await bob.type("@alice keep me a slice");
await bob.press("Enter");
await alice.waitFor((screen) => screen.some((row) => row.includes("keep me")));
await alice.type("!audio");
await alice.press("Enter");
void rig.speak(
  "alice",
  await synthesize("The oven is free now. Come over, everybody, and bring your plates."),
);
await bob.waitFor((screen) => screen.some((row) => row.includes("is talking")));
await bob.type("on my w");
await alice.waitFor((screen) => screen.some((row) => /[23]\.\d s/.test(row)), 10_000);
await Bun.write(
  "docs/holler.svg",
  draw([await alice.everything({ escapes: true }), await bob.everything({ escapes: true })]),
);

await alice[Symbol.asyncDispose]();
await bob[Symbol.asyncDispose]();
server.kill();
await rig.stop();

async function enter(name: string): Promise<Tmux> {
  const terminal = await openTmux(
    ["dist/holler", "--name", name, "--server", `127.0.0.1:${listening.port}`],
    {
      width: columns,
      height: rows,
      env: { ...rig.env(name), XDG_CONFIG_HOME: join(home, name) },
    },
  );
  await terminal.waitFor((screen) => screen.some((row) => row.startsWith(">")));
  return terminal;
}

async function say(from: Tmux, text: string, to: Tmux): Promise<void> {
  await from.type(text);
  await from.press("Enter");
  await to.waitFor((screen) => screen.some((row) => row.includes(text)));
}

function draw(screens: string[][]): string {
  const width = columns * cell.width + 24;
  const height = rows * cell.height + 24;
  const panes = screens.map((lines, index) => {
    const spans = createPainter();
    const text = lines.slice(-rows).map((line, row) => {
      const y = 12 + (row + 0.75) * cell.height;
      return `<text x="12" y="${y}" xml:space="preserve">${spans(line)}</text>`;
    });
    return `<g transform="translate(${index * (width + 12)} 0)"><rect width="${width}" height="${height}" rx="8" fill="#1d2021"/>${text.join("")}</g>`;
  });
  const style = `font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="14" fill="#ebdbb2"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width + 12} ${height}" ${style}><title>Holler: alice talks, bob types</title>${panes.join("")}</svg>\n`;
}

/**
 * Turns one row after another into tspans; colours last until they are changed. Each span is given its place,
 * for fonts differ in width.
 */
function createPainter(): (line: string) => string {
  let style = "";
  return (line) => {
    let column = 0;
    const parts = line.split(/(\x1b\[[\d;]*m)/).map((part) => {
      const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
      if (codes !== undefined) style = restyle(style, codes.split(";").map(Number));
      if (codes !== undefined || part === "") return "";
      const x = 12 + column * cell.width;
      column += Bun.stringWidth(part);
      return `<tspan x="${x}"${style}>${Bun.escapeHTML(part)}</tspan>`;
    });
    return parts.join("");
  };
}

function restyle(style: string, codes: number[]): string {
  let next = style;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index];
    if (code === 0) next = "";
    if (code === 39) next = next.replace(/ fill="[^"]*"/, "");
    if (code === 2) next += ' fill-opacity="0.6"';
    if (code === 1) next += ' font-weight="bold"';
    if (code === 31) next += ' fill="#fb4934"';
    if (code === 38 && codes[index + 1] === 5) {
      next += ` fill="${palette(codes[index + 2] ?? 0)}"`;
      index += 2;
    }
  }
  return next;
}

/** The 6×6×6 cube of the 256 colours, a little lighter than a terminal shows it. */
function palette(index: number): string {
  const level = (step: number) => (step === 0 ? 60 : 95 + step * 32);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}

/** The few files that touch the world: everything else is pure, and does the same again with the same input. */
import { expect, test } from "bun:test";
import type { Source } from "./sources.ts";
import { findAll, readSource, readSources } from "./sources.ts";

/** What a file can touch without importing it. */
const globals = {
  clock: /\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\)|\bset(?:Timeout|Interval|Immediate)\b/g,
  process: /(?<![\w./-])process\.\w+/g,
  // Measuring, stripping and hashing is arithmetic.
  Bun: /\bBun\.(?!stringWidth\b|stripANSI\b|CryptoHasher\b)\w+/g,
  chance: /\bMath\.random\b|\bcrypto\.\w+/g,
  network: /\bfetch\(|\bnew WebSocket\b/g,
  console: /\bconsole\.\w+/g,
};

/** Packages that compute and nothing else. */
const purePackages = ["valibot", "@scure/bip39/wordlists/english.js"];

/** Every edge file under lib/, with the packages it imports and the globals it touches. */
const edges: Record<string, string[]> = {
  "cli/client-args.ts": ["citty"],
  "cli/command.ts": ["citty", "node:util", "process"],
  "cli/export-args.ts": ["citty"],
  "cli/folders.ts": ["env-paths"],
  "cli/server-args.ts": ["citty", "node:os", "process"],
  "client/app.ts": ["node:os", "node:stream/consumers", "process"],
  "client/doctor.ts": ["Bun"],
  "client/doctor/connection.ts": ["clock"],
  "client/doctor/sound.ts": ["clock"],
  "client/find.ts": ["clock"],
  "client/connect.ts": ["node:dns/promises", "node:net", "Bun", "clock"],
  "client/link.ts": ["clock"],
  "client/rooms.ts": ["clock"],
  "client/save.ts": ["node:fs/promises", "node:os", "node:path", "process"],
  "client/servers.ts": ["clock"],
  "client/hello.ts": ["clock"],
  "client/person.ts": ["node:crypto"],
  "client/reconnect.ts": ["clock"],
  "client/refs.ts": ["chance", "clock"],
  "client/returning.ts": ["chance", "clock"],
  "client/seen-keeper.ts": ["clock"],
  "client/session.ts": ["chance", "clock"],
  "client/store.ts": ["node:fs/promises", "node:os", "node:path", "chance"],
  "client/unlock.ts": ["@serenity-kit/opaque", "clock"],
  "client/within.ts": ["clock"],
  "discovery/advertise.ts": ["node:os"],
  "discovery/browse.ts": ["clock"],
  "discovery/endpoint.ts": ["bonjour-service", "clock"],
  "discovery/interfaces.ts": ["node:os", "clock"],
  "discovery/probe.ts": ["clock"],
  "files/private.ts": ["node:crypto", "node:fs/promises", "node:path", "process"],
  "server/clip-shelf.ts": ["clock"],
  "server/connection.ts": ["clock"],
  "server/console-input.ts": ["node:fs", "node:readline", "process"],
  "server/data-folder.ts": ["bun:sqlite", "node:path"],
  "server/effects.ts": ["clock"],
  "server/export.ts": ["bun:sqlite", "node:fs", "node:path"],
  "server/fan-out.ts": ["clock"],
  "server/history-pages.ts": ["bun:sqlite"],
  "server/history-shelf.ts": ["clock"],
  "server/history-upkeep.ts": ["bun:sqlite"],
  "server/host.ts": ["clock"],
  "server/identity.ts": ["node:crypto", "node:path", "selfsigned", "clock"],
  "server/keys.ts": ["node:crypto"],
  "server/listener.ts": ["node:net", "node:os", "Bun"],
  "server/log.ts": ["clock"],
  "server/migrations.ts": ["bun:sqlite"],
  "server/opaque.ts": ["@serenity-kit/opaque"],
  "server/passphrase.ts": ["node:fs/promises", "node:path", "chance", "process"],
  "server/registry-shelf.ts": ["clock"],
  "server/room-file.ts": ["bun:sqlite", "node:fs", "node:path"],
  "server/serve.ts": ["node:os", "clock", "process"],
  "server/sqlite-clips.ts": ["bun:sqlite"],
  "server/sqlite-history.ts": ["bun:sqlite"],
  "server/sqlite-registry.ts": ["bun:sqlite"],
  "server/unlocking.ts": ["node:crypto", "clock"],
  "terminal/screen.ts": ["node:fs", "node:readline"],
  "voice/codec.ts": ["libopus-wasm"],
  "voice/device-errors.ts": ["process"],
  "voice/helper.ts": ["bun:ffi", "clock", "process"],
  "voice/helper-process.ts": ["Bun", "clock", "process"],
  "voice/portaudio.ts": ["naudiodon", "node:stream"],
  "voice/portaudio-devices.ts": ["naudiodon"],
  "voice/resample.ts": ["speex-resampler"],
  "voice/voice.ts": ["clock"],
  // Only to let others have their turn.
  "voice/wav.ts": ["clock"],
};

/** What a file touches, with the line of the first time. */
function touched(source: Source): Map<string, string> {
  const found = new Map<string, string>();
  for (const { target, isPackage, line } of source.imports) {
    if (isPackage && !purePackages.includes(target) && !found.has(target)) {
      found.set(target, `${source.path}:${line} imports ${target}`);
    }
  }
  for (const [name, pattern] of Object.entries(globals)) {
    const [first] = findAll(source, pattern);
    if (first !== undefined) found.set(name, first);
  }
  return found;
}

const sources = readSources("lib/**/*.ts");

test("only edge files touch the world, each only its part of it", () => {
  const strays = sources.flatMap((source) => {
    const allowed = edges[source.path.slice("lib/".length)] ?? [];
    return [...touched(source)].flatMap(([what, where]) => (allowed.includes(what) ? [] : [where]));
  });
  expect(strays).toEqual([]);
});

test("what the table allows is made use of", () => {
  const byPath = new Map(sources.map((source) => [source.path, touched(source)]));
  const unused = Object.entries(edges).flatMap(([path, allowed]) =>
    allowed.filter((what) => !byPath.get(`lib/${path}`)?.has(what)).map((what) => `${path}: ${what}`),
  );
  expect(unused).toEqual([]);
});

test("protocol and room have no edge at all", () => {
  expect(Object.keys(edges).filter((path) => /^(protocol|room)\//.test(path))).toEqual([]);
});

test("touching is found in code, not in comments", () => {
  const source = readSource(
    "lib/room/example.ts",
    "// process.exit\nconst at = Date.now();\nBun.stringWidth(x);\nconst until = new Date(at);\n",
  );
  expect([...touched(source).values()]).toEqual(["lib/room/example.ts:2 Date.now"]);
});

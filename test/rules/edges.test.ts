/** The few files with effects outside of the program: all others give the same output for the same input. */
import { expect, test } from "bun:test";
import type { Source } from "./sources.ts";
import { findAll, readSource, readSources } from "./sources.ts";

/** Globals that reach outside. */
const globals = {
  clock: /\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\)|\bset(?:Timeout|Interval|Immediate)\b/g,
  process: /(?<![\w./-])process\.\w+/g,
  // Measuring, stripping and hashing is arithmetic.
  Bun: /\bBun\.(?!stringWidth\b|stripANSI\b|CryptoHasher\b)\w+/g,
  chance: /\bMath\.random\b|\bcrypto\.(?!subtle\b)\w+/g,
  network: /\bfetch\(|\bnew WebSocket\b/g,
  console: /\bconsole\.\w+/g,
};

/** Packages that only compute. */
const purePackages = ["valibot", "bidi-js", "@scure/bip39/wordlists/english.js"];

/** Every edge file under lib/, with the packages it imports and the globals it touches. */
const edges: Record<string, string[]> = {
  "cli/client-options.ts": ["citty"],
  "cli/command.ts": ["citty", "node:tty", "node:util", "process"],
  "cli/export-args.ts": ["citty"],
  "cli/folders.ts": ["node:os", "node:path", "process"],
  "cli/tty-output.ts": ["node:fs", "process"],
  "cli/output.ts": ["node:fs", "clock"],
  "cli/passphrase.ts": ["process"],
  "cli/program.ts": ["process"],
  "cli/server-args.ts": ["citty", "node:os"],
  "client/app.ts": ["node:os", "node:stream/consumers", "node:tty", "process"],
  "client/doctor/doctor.ts": ["Bun"],
  "client/doctor/connection.ts": ["clock"],
  "client/doctor/sound-trial.ts": ["clock"],
  "client/desktop/find-room.ts": ["clock"],
  "client/desktop/connect.ts": ["node:dns/promises", "node:net", "Bun", "clock"],
  "client/session/clock.ts": ["clock"],
  "client/desktop/ports.ts": ["@serenity-kit/opaque", "chance"],
  "client/desktop/rooms.ts": ["clock"],
  "client/desktop/save-clip.ts": ["node:crypto", "node:fs/promises", "node:os", "node:path", "process"],
  "client/desktop/servers.ts": ["clock"],
  "client/desktop/key-pair.ts": ["node:crypto"],
  "client/desktop/config-folder.ts": ["bun:sqlite", "node:path"],
  "client/desktop/config-store.ts": ["node:os", "node:path"],
  "base/timeout.ts": ["clock"],
  "discovery/advertise.ts": ["node:os"],
  "discovery/browse.ts": ["clock"],
  "discovery/endpoint.ts": ["bonjour-service", "clock"],
  "discovery/interfaces.ts": ["node:os", "process"],
  "discovery/multicast-sockets.ts": ["node:dgram", "node:events"],
  "discovery/per-link.ts": ["clock"],
  "discovery/problem.ts": ["node:util"],
  "discovery/probe.ts": ["clock"],
  "discovery/server-id.ts": ["node:crypto"],
  "files/data-folder-failure.ts": ["node:fs"],
  "files/file-problem.ts": ["node:fs", "node:os", "node:path", "process"],
  "files/given-file.ts": ["node:fs/promises"],
  "files/lock.ts": ["bun:sqlite", "Bun", "chance", "clock"],
  "files/private.ts": ["node:crypto", "node:fs", "node:fs/promises", "node:path", "process"],
  "files/text-file.ts": ["node:fs/promises"],
  "system/libc.ts": ["bun:ffi", "process"],
  "system/descriptors.ts": ["node:fs", "process"],
  "server/capacity.ts": ["clock"],
  "system/job-control.ts": ["bun:ffi", "node:os"],
  "system/signals.ts": ["node:os", "process"],
  "system/suspension.ts": ["clock", "process"],
  "server/runtime/client-connection.ts": ["clock"],
  "server/admin/console-input.ts": ["node:tty", "Bun", "clock", "process"],
  "server/storage/data-folder.ts": ["node:path"],
  "server/runtime/run-effect.ts": ["clock"],
  "server/admin/export.ts": ["bun:sqlite", "node:fs", "node:path"],
  "server/runtime/broadcast.ts": ["clock"],
  "server/storage/history-pages.ts": ["bun:sqlite"],
  "server/storage/maintenance-loop.ts": ["clock"],
  "server/storage/maintenance.ts": ["bun:sqlite"],
  "server/runtime/host.ts": ["clock"],
  "server/auth/certificate.ts": ["node:crypto", "node:path", "selfsigned", "clock"],
  "server/auth/signatures.ts": ["node:crypto"],
  "server/listener.ts": ["node:net", "Bun"],
  "server/admin/log.ts": ["clock"],
  "server/storage/migrations.ts": ["bun:sqlite"],
  "server/auth/opaque.ts": ["@serenity-kit/opaque"],
  "server/auth/passphrase.ts": ["node:path", "chance"],
  "server/storage/registry-tables.ts": ["bun:sqlite"],
  "server/storage/database.ts": ["bun:sqlite", "node:fs", "node:path"],
  "server/serve.ts": ["node:os", "node:tty", "clock"],
  "server/stores.ts": ["bun:sqlite", "clock"],
  "server/storage/clips.ts": ["bun:sqlite"],
  "server/storage/lines.ts": ["bun:sqlite"],
  "server/storage/registry.ts": ["bun:sqlite"],
  "server/auth/passphrase-login.ts": ["node:crypto", "clock"],
  "terminal/input-reader.ts": ["clock"],
  "audio/codec/codec.ts": ["libopus-wasm"],
  "audio/devices/device-errors.ts": ["node:os", "process"],
  "audio/devices/native-addon.ts": ["bun:ffi", "node:fs", "process"],
  "audio/helper/helper.ts": ["bun:ffi", "clock", "process"],
  "audio/helper/helper-process.ts": ["Bun", "clock", "process"],
  "audio/devices/portaudio.ts": ["naudiodon", "node:stream"],
  "audio/devices/portaudio-devices.ts": ["naudiodon"],
  "audio/devices/resampler.ts": ["speex-resampler"],
  "audio/helper/audio-client.ts": ["clock"],
  // Only to yield to other events.
  "audio/codec/wav.ts": ["clock"],
};

/** Packages and globals that a file uses, with the line of the first use. */
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

test("only edge files touch clocks, packages and globals, each only those in its entry", () => {
  const strays = sources.flatMap((source) => {
    const allowed = edges[source.path.slice("lib/".length)] ?? [];
    return [...touched(source)].flatMap(([what, where]) => (allowed.includes(what) ? [] : [where]));
  });
  expect(strays).toEqual([]);
});

test("every entry of the table is used", () => {
  const byPath = new Map(sources.map((source) => [source.path, touched(source)]));
  const unused = Object.entries(edges).flatMap(([path, allowed]) =>
    allowed.filter((what) => !byPath.get(`lib/${path}`)?.has(what)).map((what) => `${path}: ${what}`),
  );
  expect(unused).toEqual([]);
});

test("protocol, room and session have no edge at all", () => {
  expect(
    Object.keys(edges).filter((path) => /^(protocol|server\/room|server\/session)\//.test(path)),
  ).toEqual([]);
});

test("globals are found in code, not in comments", () => {
  const source = readSource(
    "lib/server/room/example.ts",
    "// process.exit\nconst at = Date.now();\nBun.stringWidth(x);\nconst until = new Date(at);\n",
  );
  expect([...touched(source).values()]).toEqual(["lib/server/room/example.ts:2 Date.now"]);
});

/**
 * Compiles naudiodon's addon without node-gyp and lets naudiodon be bundled with the addon and its PortAudio
 * inside, so that the finished program needs neither a compiler, nor node_modules, nor a system PortAudio.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import type { BunPlugin } from "bun";
import { orExplain } from "./run.ts";
import { neededVersions, tooNew } from "./symbol-versions.ts";

const root = join(import.meta.dir, "..");
const naudiodon = join(root, "node_modules/naudiodon");
const outFolder = join(root, "build/native");
const addon = join(outFolder, "naudiodon.node");
/** Runs in the built program: loads the addon and PortAudio out of it. */
const loader = join(root, "lib/audio/devices/native-addon.ts");
const oldGlibc = join(import.meta.dir, "old-glibc.cc");

/** Where the matching PortAudio lies in naudiodon's package, and the name it is embedded under. */
interface PortAudioLibrary {
  source: string;
  target: string;
}

/**
 * Compiles `build/native/naudiodon.node` and puts the bundled PortAudio beside it. Does nothing when both are newer than
 * everything they are made from.
 * @returns whether there was something to do, in words.
 * @throws Error whose message is one line for the user: no compiler, no bundled PortAudio, or what the compiler said.
 */
export async function buildNative(): Promise<string> {
  const library = portAudioLibrary();
  const sources = [...filesOf(join(naudiodon, "src")), oldGlibc];
  if (isCurrent([addon, library.target], [...sources, library.source, import.meta.path])) return "up to date";

  mkdirSync(outFolder, { recursive: true });
  copyFileSync(library.source, library.target);
  // Compiled aside and renamed, so that a build that was interrupted never leaves half an addon that looks current.
  const unfinished = `${addon}.${process.pid}`;
  await compile(
    sources.filter((file) => file.endsWith(".cc")),
    library.target,
    unfinished,
  );
  renameSync(unfinished, addon);
  if (process.platform !== "linux") return "compiled";
  const needed = tooNew(neededVersions(readFileSync(addon)));
  return needed.length === 0 ? "compiled" : `compiled; elsewhere voice needs ${needed.join(", ")}`;
}

/**
 * For `Bun.build`: naudiodon's own, unmodified index.js asks for two packages that do not work in a single file.
 * `bindings` searches the disk for the addon: here it returns the embedded one. `segfault-handler` is an addon of
 * V8's and would write crash.log into the current folder: here it does nothing.
 */
export function naudiodonPlugin(): BunPlugin {
  return {
    name: "naudiodon",
    setup(build) {
      const virtual = { namespace: "naudiodon" };
      build.onResolve({ filter: /^(bindings|segfault-handler|embedded-libraries)$/ }, ({ path }) => ({
        path,
        ...virtual,
      }));
      build.onLoad({ filter: /^segfault-handler$/, ...virtual }, () => ({
        loader: "js",
        contents: "exports.registerHandler = () => {};",
      }));
      build.onLoad({ filter: /^embedded-libraries$/, ...virtual }, () => ({
        loader: "js",
        // Not `export … from`: for a .node that loads the addon instead of embedding its file.
        contents: `
          import portAudio from ${JSON.stringify(portAudioLibrary().target)} with { type: "file" };
          import addon from ${JSON.stringify(addon)} with { type: "file" };
          export { portAudio, addon };`,
      }));
      build.onLoad({ filter: /^bindings$/, ...virtual }, () => ({
        loader: "js",
        contents: `
          const { loadAddon } = require(${JSON.stringify(loader)});
          const addon = loadAddon(require("embedded-libraries"));
          module.exports = () => addon;`,
      }));
    },
  };
}

function portAudioLibrary(): PortAudioLibrary {
  const platform = `${process.platform}-${process.arch}`;
  const bundled: Record<string, [string, string]> = {
    "linux-x64": ["bin/libportaudio.so.2", "libportaudio.so.2"],
    "linux-arm": ["bin_armhf/libportaudio.so.2", "libportaudio.so.2"],
    "darwin-x64": ["bin/libportaudio.dylib", "libportaudio.dylib"],
  };
  const found = bundled[platform];
  if (!found)
    throw new Error(`naudiodon bundles no PortAudio for ${platform}: voice cannot be built on this machine`);
  return { source: join(naudiodon, "portaudio", found[0]), target: join(outFolder, found[1]) };
}

/**
 * The C++ compiler of this machine.
 * @throws Error saying how to install one.
 */
export function findCompiler(): string {
  const compiler = Bun.which(process.env.CXX ?? "c++") ?? Bun.which("g++") ?? Bun.which("clang++");
  if (compiler !== null) return compiler;
  throw new Error(
    "A C++ compiler is needed once, to build voice: install it with `apt install g++` (Debian, Ubuntu), " +
      "`dnf install gcc-c++` (Fedora) or `xcode-select --install` (macOS)",
  );
}

async function compile(sources: string[], library: string, output: string): Promise<void> {
  const includes = [
    join(root, "node_modules/node-api-headers/include"),
    join(naudiodon, "portaudio/include"),
  ].map((folder) => `-I${folder}`);
  // naudiodon 2.3.6 leaves out an include that libstdc++ needs since GCC 13.
  const flags = ["-O2", "-w", "-shared", "-fPIC", "-std=c++17", "-pthread", "-include", "string"];
  const compiler = findCompiler();
  const platform = process.platform === "darwin" ? macFlags : linuxFlags(compiler);
  const command = [compiler, ...flags, ...platform, ...includes, ...sources, library, "-o", output];
  const run = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const said = await run.stderr.text();
  if ((await run.exited) !== 0)
    throw new Error(`The C++ compiler could not build naudiodon's addon:\n${said}`);
}

/** Node-API itself is found in the running Bun at load time; the linker of macOS has to be told so. */
const macFlags = ["-undefined", "dynamic_lookup"];

/**
 * The C++ runtime goes inside, for systems that have none or an older one; and of it only what is used, because the rest
 * needs a newer glibc. Fedora has its static form in a package of its own: without it, the addon needs the runtime of
 * this system.
 */
function linuxFlags(compiler: string): string[] {
  // A name that is not found is printed as it was given.
  const asked = Bun.spawnSync([compiler, "-print-file-name=libstdc++.a"]).stdout.toString();
  const runtime = asked.includes("/") ? ["-static-libstdc++", "-Wl,--exclude-libs,ALL"] : [];
  return [...runtime, "-fvisibility=hidden", "-ffunction-sections", "-Wl,--gc-sections"];
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name));
}

function isCurrent(targets: string[], sources: string[]): boolean {
  if (!targets.every((file) => existsSync(file))) return false;
  const changedAt = (file: string) => statSync(file).mtimeMs;
  return Math.min(...targets.map(changedAt)) >= Math.max(...sources.map(changedAt));
}

if (import.meta.main) await orExplain(async () => console.log(`${addon}: ${await buildNative()}`));

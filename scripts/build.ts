/** Builds both executables for this machine into dist/: `holler-server` and `holler`. */
import { rename, rm } from "node:fs/promises";
import { buildNative, naudiodonPlugin } from "./native.ts";
import { runSteps, type Step } from "./progress.mjs";
import { orExplain } from "./run.ts";

const executables = [
  { entry: "server.ts", name: "holler-server", plugins: [] },
  { entry: "client.ts", name: "holler", plugins: [naudiodonPlugin()] },
];

/** Each throws an error whose message is one sentence when something is missing. */
export const buildSteps: readonly Step[] = [
  { title: "Compile the sound library's addon", run: buildNative },
  {
    title: "Build dist/holler-server and dist/holler",
    run: async () => void (await Promise.all(executables.map(buildOne))),
  },
];

/** Builds everything, showing its progress; throws an error whose message is one sentence. */
export async function build(): Promise<void> {
  await runSteps(buildSteps);
}

async function buildOne({ entry, name, plugins }: (typeof executables)[number]): Promise<void> {
  // Built beside its place and moved there: the old one may be running.
  const temporary = `dist/.${name}.${process.pid}`;
  const result = await Bun.build({
    entrypoints: [entry],
    throw: false,
    target: "bun",
    minify: { syntax: true, whitespace: true },
    bytecode: true,
    format: "esm",
    // Keeps modules that are loaded only when needed out of those that every start loads.
    splitting: true,
    plugins,
    compile: { outfile: temporary, autoloadDotenv: false, autoloadBunfig: false },
  });
  if (!result.success) throw new Error(`${entry} could not be built: ${result.logs.join("; ")}`);
  await rename(temporary, `dist/${name}`);
  await rm(temporary, { force: true });
}

if (import.meta.main) await orExplain(build);

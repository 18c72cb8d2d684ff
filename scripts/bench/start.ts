/** Measures how long both programs take from their start to their version, beside a Bun program that does nothing else. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientBinary, serverBinary } from "../../test/support/holler.ts";
import { median, type Row, timed } from "./figures.ts";

const rounds = 20;

/** Medians; the programs take turns, so that other work on the machine affects all alike. */
export async function measureStart(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "holler-bench-"));
  try {
    const commands = [[await buildBare(folder)], [serverBinary, "--version"], [clientBinary, "--version"]];
    const times: number[][] = commands.map(() => []);
    for (let round = -1; round < rounds; round += 1) {
      for (const [index, command] of commands.entries()) {
        const ms = await timed(() => Bun.spawn(command, { stdio: ["ignore", "ignore", "ignore"] }).exited);
        // The first round only fills the file cache.
        if (round >= 0) times[index]?.push(ms);
      }
    }
    const [bare = 0, server = 0, client = 0] = times.map(median);
    const reference = { what: "bare Bun program", value: bare };
    return [
      { what: "holler-server --version", value: server, unit: "ms", reference },
      { what: "holler --version", value: client, unit: "ms", reference },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Built as ours are, of one line that prints. */
async function buildBare(folder: string): Promise<string> {
  const entry = join(folder, "bare.ts");
  const outfile = join(folder, "bare");
  await Bun.write(entry, 'console.log("0.0.0");\n');
  await Bun.build({
    entrypoints: [entry],
    target: "bun",
    bytecode: true,
    format: "esm",
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
  });
  return outfile;
}

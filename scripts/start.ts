/**
 * `npm start`: builds, starts a server if there is no room on this network, and joins as a client.
 * A server started here ends with that client. `npm start -- --name alice` passes options on to the client.
 */
import { onSignals } from "../lib/system/signals.ts";
import { buildSteps } from "./build.ts";
import { runSteps } from "./progress.mjs";
import { orExplain, run } from "./run.ts";

const server = "dist/holler-server";
const client = "dist/holler";

async function start(options: string[]): Promise<void> {
  const isTold = options.some((option) => option.startsWith("--server") || option.startsWith("--room"));
  let hasRoom = isTold;
  const lookForRoom = {
    title: "Look for a room on this network",
    async run() {
      hasRoom = await isRoomThere();
      return hasRoom ? "found" : "none";
    },
  };
  await runSteps(isTold ? buildSteps : [...buildSteps, lookForRoom]);
  const started = hasRoom ? undefined : await startServer();
  const status = await run([client, ...options]);
  await started?.end();
  process.exit(status);
}

async function isRoomThere(): Promise<boolean> {
  const look = Bun.spawn([client, "servers"], { stdio: ["ignore", "ignore", "ignore"] });
  return (await look.exited) === 0;
}

/** In a process group of its own: Ctrl-C in this terminal is for the client, and must not end the server. */
async function startServer(): Promise<{ end(): Promise<void> }> {
  const child = Bun.spawn([server], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  const end = async () => {
    child.kill("SIGTERM");
    await child.exited;
    console.log("The server that was started with it has ended too.");
  };
  onSignals(["SIGTERM", "SIGHUP"], () => void end().finally(() => process.exit(1)));
  const output = child.stdout.getReader();
  const first = await output.read();
  if (first.done) throw new Error("The server did not start.");
  // The rest is read too: without a reader, the server drops it and says so.
  void (async () => {
    while (!(await output.read()).done);
  })();
  console.log("No room on this network: a server was started here. It ends when you leave.");
  return { end };
}

await orExplain(() => start(process.argv.slice(2)));

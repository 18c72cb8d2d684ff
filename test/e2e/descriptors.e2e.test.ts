/** Shows that a server stays within the descriptors that the system allows, and survives when none is left. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { openStage, type Stage, serverBinary } from "../support/holler.ts";
import { connectRaw, type RawClient } from "../support/raw-client.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const isLinux = requireRig("Linux", process.platform === "linux" && hasProgram("prlimit"), "run on Linux");

/** A server that may open so many files and sockets. */
async function startLimited(stage: Stage, descriptors: number, args: string[] = []) {
  const options = ["--port", "0", "--no-advertise", "--log-format", "json", ...args];
  const server = await stage.start([
    "sh",
    "-c",
    `ulimit -n ${descriptors}; exec "$0" "$@"`,
    serverBinary,
    ...options,
  ]);
  const { port } = JSON.parse(await server.output.next((line) => line.includes('"listening"'), "the port"));
  return { ...server, port: Number(port), there: ["--server", `127.0.0.1:${port}`] };
}

/** Says hello, and waits for the answer: `welcome`, a code, or `closed` when there was none. */
async function greet(client: RawClient, name: string): Promise<string> {
  client.send({ type: "hello", protocol: 1, name, voice: false });
  await Promise.race([client.closed, client.messages]);
  try {
    await client.next("welcome");
    return "welcome";
  } catch {
    const last = client.messages.at(-1);
    return last?.type === "goodbye" ? last.code : "closed";
  }
}

/** The share of one processor that the program uses for a second. */
async function loadOf(pid: number): Promise<number> {
  const usedTicks = (): number => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  const [before, beganAt] = [usedTicks(), performance.now()];
  await Bun.sleep(1_000);
  return ((usedTicks() - before) * 10) / (performance.now() - beganAt);
}

describe.skipIf(!isLinux)("with few descriptors, a server", () => {
  test("says how many people fit, lets so many in, and refuses the others without failing", async () => {
    await using stage = await openStage();
    const server = await startLimited(stage, 60);
    const notice = await server.output.next((line) => line.includes("descriptor-limit"), "the limit");
    const [limit, room, wanted] = (JSON.parse(notice).message.match(/\d+/g) ?? []).map(Number);
    expect([limit, wanted]).toEqual([60, 500]);
    expect(room).toBeGreaterThan(10);
    expect(room).toBeLessThan(44);

    const clients: RawClient[] = [];
    const outcomes: string[] = [];
    for (let person = 0; person < 80; person += 1) {
      const client = await connectRaw({ port: server.port, tls: true });
      clients.push(client);
      outcomes.push(await greet(client, `p${person}`));
    }
    expect(outcomes.slice(0, room)).toEqual(Array(room).fill("welcome"));
    expect(new Set(outcomes.slice(room))).toEqual(new Set(["room-full"]));
    const [first, second] = clients as [RawClient, RawClient];
    first.send({ type: "say", text: "still here", ref: "r" });
    await second.next("said", { text: "still here" });
    // A place that becomes free is given away.
    second.vanish();
    await first.next("left", { name: "p1" });
    await stage.join("alice", server.there);
    server.signal("SIGTERM");
    expect(await server.exit()).toBe(0);
    expect(server.errors.items).toEqual([]);
    for (const one of clients) one.vanish();
  });

  test("lets people in among a thousand silent connections, and saves what they say", async () => {
    await using stage = await openStage();
    const server = await startLimited(stage, 1_024);
    const silent = await Promise.all(Array.from({ length: 1_000 }, () => connectRaw({ port: server.port })));
    const [alice, bob] = [await stage.join("alice", server.there), await stage.join("bob", server.there)];
    alice.do({ do: "say", text: "hi" });
    await bob.next("said", { text: "hi" });
    expect(await loadOf(server.pid)).toBeLessThan(0.5);
    for (const one of silent) one.vanish();
    server.signal("SIGTERM");
    expect(await server.exit()).toBe(0);
    expect(server.errors.items).toEqual([]);
  });

  test("that are too few for anyone does not start, and says why", async () => {
    await using stage = await openStage();
    const command = ["sh", "-c", 'ulimit -n 30; exec "$0" --port 0 --no-advertise', serverBinary];
    const refused = await (await stage.start(command)).result();
    expect(refused).toEqual({
      code: 1,
      output: "",
      errors:
        "holler-server: The system lets this program open only 30 files and sockets at once, too few for a server. Raise the limit: ulimit -n 1024.\n",
    });
  });
});

test.skipIf(!isLinux)(
  "a server that runs out of descriptors goes on with those who are in, loses nothing, and listens again",
  async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const [alice, bob] = [await stage.join("alice", server), await stage.join("bob", server)];
    const setLimit = (descriptors: number | string) =>
      expect(Bun.spawnSync(["prlimit", `--pid=${server.pid}`, `--nofile=${descriptors}:`]).exitCode).toBe(0);
    const usual = Number(
      /Max open files +(\d+)/.exec(readFileSync(`/proc/${server.pid}/limits`, "utf8"))?.[1],
    );
    // The lowest free number: nothing can be opened any more.
    const open = new Set(readdirSync(`/proc/${server.pid}/fd`).map(Number));
    let lowest = 0;
    while (open.has(lowest)) lowest += 1;
    setLimit(lowest);
    const waiting = await connectRaw({ port: server.port });
    await server.output.next((line) => line.includes('"no-descriptors"'), "that it has run out");
    await waiting.closed;
    expect(await loadOf(server.pid)).toBeLessThan(0.5);
    const refs = Array.from({ length: 50 }, (_, index) => `r${index}`);
    for (const ref of refs) alice.do({ do: "say", text: ref, ref });
    const answers = await Promise.all(
      refs.map((ref) => Promise.race([alice.next("said", { ref }), alice.next("error", { ref })])),
    );
    const saved = answers.flatMap((answer) => (answer.event === "said" ? [answer.text] : []));
    for (const text of saved) await bob.next("said", { text });

    setLimit(usual);
    await server.output.next((line) => line.includes('"descriptors-again"'), "that there are some again");
    const carol = await stage.join("carol", server);
    carol.do({ do: "history", limit: 200, ref: "h" });
    const { entries } = await carol.next("history", { ref: "h" });
    expect(entries.map(({ text }) => text)).toEqual(saved);
  },
);

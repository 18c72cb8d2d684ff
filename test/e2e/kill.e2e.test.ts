/** Shows that a program that is killed or stopped costs the others one line of notice at most, and its own user nothing. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { clientBinary, openStage } from "../support/holler.ts";

setDefaultTimeout(120_000);

const told = {
  killed: "! The connection is lost. Trying to get it back…",
  stopped: "! The server was stopped. Waiting until it is back…",
};

test.concurrent.each(Object.entries(told))(
  "a %s server costs its clients one line, and they reconnect as soon as it runs again",
  async (how, line) => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--name", "Lab 3"] });
    const alice = await stage.join("alice", server);
    const bob = await stage.start([clientBinary, "--name", "bob", "--no-voice", ...server.there]);
    await bob.output.next((line) => line.includes("Lab 3"), "the welcome");
    if (how === "killed") await server.kill9();
    else expect(await server.stop()).toBe(0);
    await alice.next("connection", { state: "lost" });
    await bob.output.next((one) => one === line, "the loss");
    await stage.server({ home: server.home, args: ["--name", "Lab 3", "--port", String(server.port)] });
    await alice.next("connection", { state: "restored" });
    bob.write("still here\n");
    bob.close();
    expect(await alice.next("said")).toMatchObject({ from: "bob", text: "still here" });
    expect(await bob.exit()).toBe(0);
    const [first, ...more] = bob.output.items.filter((one) => one.startsWith("!"));
    expect([first, more]).toEqual([line, []]);
    const presence = alice.events.filter(({ event }) => event === "joined" || event === "left");
    expect(presence).toEqual([
      { event: "joined", name: "bob" },
      { event: "left", name: "bob", reason: "quit" },
    ]);
  },
);

test.concurrent("a script whose input ends while the server is stopped waits a while, and says what was not sent", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const bob = await stage.start([clientBinary, "--name", "bob", "--no-voice", ...server.there]);
  await bob.output.next(() => true, "the welcome");
  expect(await server.stop()).toBe(0);
  await bob.output.next((line) => line.includes("stopped"), "the stop");
  bob.write("never sent\n");
  bob.close();
  expect(await bob.exit()).toBe(1);
  expect(bob.errors.items).toEqual(["! This line was not sent: there was no connection."]);
});

test.concurrent("a client that comes back to a full room says so, waits, and is in when a place is free", async () => {
  await using stage = await openStage();
  // Without a history, no place is kept over the restart.
  const args = ["--no-history", "--max-clients", "1"];
  const server = await stage.server({ args });
  const alice = await stage.join("alice", server);
  alice.signal("SIGSTOP");
  expect(await server.stop()).toBe(0);
  const again = await stage.server({ home: server.home, args: [...args, "--port", String(server.port)] });
  const bob = await stage.join("bob", again);
  alice.signal("SIGCONT");
  await alice.next("connection", { state: "lost", reason: "server-stopped" });
  await alice.next("connection", { state: "lost", reason: "room-full" });
  bob.do({ do: "quit" });
  await alice.next("connection", { state: "restored" });
  expect(alice.events.filter(({ event }) => event === "error")).toEqual([]);
});

test.concurrent("a killed client is not seen to leave when it starts again, and leaves when it does not", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const home = await stage.home();
  const alice = await stage.join("alice", server);
  for (let round = 0; round < 3; round += 1) {
    const bob = await stage.join("bob", server, { home });
    bob.signal("SIGKILL");
    await server.output.next((line) => line.includes('"away"'), "the server's word of it");
  }
  alice.do({ do: "who" });
  expect((await alice.next("members")).names).toEqual(["alice", "bob"]);
  const stranger = await stage.client("bob", server);
  expect(await stranger.next("error")).toMatchObject({ code: "name-taken" });
  expect(await alice.next("left", {}, 45_000)).toEqual({ event: "left", name: "bob", reason: "lost" });
  expect(alice.events.filter(({ event }) => event === "joined" || event === "left")).toHaveLength(2);
  // The name belongs to its key still.
  const again = await stage.client("bob", server);
  expect(await again.next("error")).toMatchObject({ code: "name-taken" });
  await stage.join("bob", server, { home });
});

test.concurrent("a server that was killed starts again on its port, and people can join", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  const person = await stage.home();
  const first = await stage.server({ home });
  const alice = await stage.join("alice", first, { home: person });
  await first.kill9();
  await alice.next("connection", { state: "lost" });
  // This program would come back too, and then its name would be in use.
  alice.signal("SIGKILL");
  await alice.exit();
  const second = await stage.server({ home, args: ["--port", String(first.port)] });
  await stage.join("alice", second, { home: person });
});

test.concurrent("a piped script learns by its status that its lines were not confirmed", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const bob = await stage.start([clientBinary, "--name", "bob", "--no-voice", ...server.there]);
  await bob.output.next(() => true, "the welcome");
  server.signal("SIGSTOP");
  bob.write("never confirmed\n");
  bob.close();
  server.signal("SIGKILL");
  // It does not give up at once.
  expect(await bob.exit(45_000)).toBe(1);
  expect(bob.errors.items[0]).toMatch(/^! This line was not (sent|confirmed)/);
});

/** Shows that a program killed without warning costs the others one line, and themselves nothing. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { clientBinary, openStage } from "../support/holler.ts";

setDefaultTimeout(60_000);

test("a killed server ends its clients with 1 and one sentence", async () => {
  await using stage = await openStage();
  const server = await stage.server({ args: ["--name", "Lab 3"] });
  const alice = await stage.join("alice", server);
  const bob = await stage.start([clientBinary, "--name", "bob", "--no-voice", ...server.there]);
  await bob.output.next(() => true, "the welcome");
  await server.kill9();
  expect(await alice.exit()).toBe(1);
  expect(alice.events.slice(-2)).toEqual([
    { event: "connection", state: "lost" },
    { event: "error", code: "connection-lost", message: "The connection to Lab 3 was lost." },
  ]);
  const { code, errors } = await bob.result();
  expect({ code, errors }).toEqual({ code: 1, errors: "holler: The connection to Lab 3 was lost.\n" });
});

test("a killed client has left, lost, and its name is free at once", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const alice = await stage.join("alice", server);
  for (let round = 0; round < 3; round += 1) {
    const bob = await stage.join("bob", server);
    bob.signal("SIGKILL");
    expect(await alice.next("left")).toEqual({ event: "left", name: "bob", reason: "lost" });
  }
  alice.do({ do: "who" });
  expect((await alice.next("members")).names).toEqual(["alice"]);
});

test("a server that was killed starts again on its port, and people come back", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  const person = await stage.home();
  const first = await stage.server({ home });
  await stage.join("alice", first, { home: person });
  await first.kill9();
  const second = await stage.server({ home, args: ["--port", String(first.port)] });
  await stage.join("alice", second, { home: person });
});

test("a piped script learns by its status that its lines were not confirmed", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const bob = await stage.start([clientBinary, "--name", "bob", "--no-voice", ...server.there]);
  await bob.output.next(() => true, "the welcome");
  server.signal("SIGSTOP");
  bob.write("never confirmed\n");
  bob.close();
  server.signal("SIGKILL");
  expect(await bob.exit()).toBe(1);
});

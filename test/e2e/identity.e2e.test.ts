/** Shows that a server is known by its key: TLS 1.3 only, trusted on first use, and refused when it has changed. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Home, openStage, type Server, type Stage } from "../support/holler.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasOpenssl = requireRig("openssl", hasProgram("openssl"), "scripts/install-rigs.sh");

/** A server, met by a client; then another one in its place. */
async function replaced(stage: Stage): Promise<{ old: Server; server: Server; home: Home; as: string[] }> {
  const old = await stage.server();
  const home = await stage.home();
  const as = ["send", "--name", "alice", ...old.there];
  expect(await stage.holler([...as, "hi"], { home })).toMatchObject({ code: 0 });
  await old.stop();
  const server = await stage.server({ args: ["--port", String(old.port)] });
  expect(server.identity).not.toBe(old.identity);
  return { old, server, home, as };
}

/** What is in a server's data folder beside the room's own file. */
async function besideRoom({ data }: Home): Promise<string[]> {
  return (await readdir(data)).filter((name) => !name.startsWith("room.sqlite")).toSorted();
}

describe("the identity", () => {
  test.skipIf(!hasOpenssl)(
    "is an EC certificate, shown to TLS 1.3 clients and to no older ones",
    async () => {
      await using stage = await openStage();
      const { port, identity } = await stage.server();
      const connect = async (version: string) => {
        const seen = await stage.start(["openssl", "s_client", "-connect", `127.0.0.1:${port}`, version]);
        seen.close();
        return (await seen.result()).output;
      };
      expect(await connect("-tls1_2")).toContain("no peer certificate available");
      const seen = await connect("-tls1_3");
      expect(seen).toMatch(/New, TLSv1\.3, Cipher is TLS_/);
      const pem = /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.exec(seen)?.[0] ?? "";
      const shown = await Bun.$`openssl x509 -noout -fingerprint -sha256 -text < ${Buffer.from(pem)}`.text();
      const hex = /Fingerprint=([0-9A-F:]+)/.exec(shown)?.[1]?.replaceAll(":", "") ?? "";
      expect(`SHA256:${Buffer.from(hex, "hex").toString("base64url")}`).toBe(identity);
      expect(shown).toContain("Public-Key: (256 bit)");
    },
  );

  test("is in a file that only its owner reads, and is the same after kill -9", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const first = await stage.server({ home });
    await first.kill9();
    const second = await stage.server({ home });
    expect(second.identity).toBe(first.identity);
    expect((await stat(home.data)).mode & 0o777).toBe(0o700);
    expect((await stat(join(home.data, "identity.pem"))).mode & 0o777).toBe(0o600);
  });

  test("stops the server in one sentence when its file is damaged, and the file is left as it is", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await (await stage.server({ home })).stop();
    const path = join(home.data, "identity.pem");
    const whole = await Bun.file(path).text();
    const other = await stage.home();
    await (await stage.server({ home: other })).stop();
    const foreign = await Bun.file(join(other.data, "identity.pem")).text();
    const at = whole.indexOf("-----BEGIN CERTIFICATE-----");
    const mixed = whole.slice(0, at) + foreign.slice(foreign.indexOf("-----BEGIN CERTIFICATE-----"));
    for (const damaged of ["", "\0\u0001garbage", whole.slice(0, at), whole.slice(0, -90), mixed]) {
      await Bun.write(path, damaged);
      const { code, output, errors } = await stage.runServer({ home });
      expect({ code, output }).toEqual({ code: 1, output: "" });
      expect(errors).toMatch(/^holler-server: [^\n]*identity\.pem is damaged\.[^\n]+\n$/);
      expect(await Bun.file(path).text()).toBe(damaged);
    }
    expect(await besideRoom(home)).toEqual(["identity.pem", "server.lock"]);
  });

  test("stops the server in one sentence when it cannot be saved", async () => {
    await using stage = await openStage();
    const { code, errors } = await stage.runServer({ args: ["--data", "/dev/null/holler"] });
    expect(code).toBe(1);
    expect(errors).toMatch(/^holler-server: [^\n]*\/dev\/null\/holler[^\n]+\n$/);
  });
});

describe("a data folder", () => {
  test("belongs to one server until it ends, also when many start together", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const starting = Array.from({ length: 4 }, () => stage.server({ home }).catch(() => undefined));
    const [first, ...more] = (await Promise.all(starting)).filter((server) => server !== undefined);
    expect(more).toEqual([]);
    const { code, output, errors } = await stage.runServer({ home });
    expect({ code, output }).toEqual({ code: 2, output: "" });
    expect(errors).toBe(
      `holler-server: The data folder ${home.data} is in use by another server. Name another one with --data.\n`,
    );
    await first?.kill9();
    const next = await stage.server({ home });
    expect(next.identity).toBe(first?.identity ?? "");
    expect(await besideRoom(home)).toEqual(["identity.pem", "server.lock"]);
  });

  test("belongs to one server also with --plaintext, because the history is in it", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await stage.server({ home, args: ["--plaintext"] });
    const { code, errors } = await stage.runServer({ home });
    expect({ code, errors }).toEqual({
      code: 2,
      errors: `holler-server: The data folder ${home.data} is in use by another server. Name another one with --data.\n`,
    });
  });
});

describe("trust", () => {
  test("begins with the first connection, and is in a file that only its owner reads", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    alice.do({ do: "quit" });
    await alice.exit();
    const path = join(alice.home.config, "known-servers.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(alice.home.config)).mode & 0o777).toBe(0o700);
    expect(await Bun.file(path).text()).toContain(server.identity.replace("SHA256:", ""));
  });

  test("refuses another key with status 5 and names both identities", async () => {
    await using stage = await openStage();
    const { old, server, home, as } = await replaced(stage);
    const refused = await stage.holler([...as, "secret"], { home });
    expect(refused).toMatchObject({ code: 5, output: "" });
    expect(refused.errors).toMatch(/^holler: [^\n]+\n$/);
    for (const part of [old.identity, server.identity, "--trust-new-identity"])
      expect(refused.errors).toContain(part);
    const alice = await stage.client("alice", server, { home });
    expect(await alice.next("error")).toMatchObject({ code: "identity-changed" });
    expect(await alice.exit()).toBe(5);
    expect(alice.events).toHaveLength(1);
    expect(server.output.items.filter((line) => line.includes("joined"))).toEqual([]);
  });

  test("moves to a new key for good with --trust-new-identity", async () => {
    await using stage = await openStage();
    const { old, server, home, as } = await replaced(stage);
    expect(await stage.holler([...as, "--trust-new-identity", "hi"], { home })).toMatchObject({ code: 0 });
    expect(await stage.holler([...as, "hi"], { home })).toMatchObject({ code: 0 });
    await server.stop();
    await stage.server({ home: old.home, args: ["--port", String(old.port)] });
    expect(await stage.holler([...as, "hi"], { home })).toMatchObject({ code: 5 });
  });

  test("stops the client in one sentence when its file is damaged, and the file is left as it is", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const home = await stage.home();
    await mkdir(home.config, { recursive: true });
    const path = join(home.config, "known-servers.json");
    await Bun.write(path, '{"half":');
    const { code, errors } = await stage.holler(["send", ...server.there, "hi"], { home });
    expect(code).toBe(1);
    expect(errors).toMatch(/^holler: [^\n]*known-servers\.json is damaged\.[^\n]+\n$/);
    expect(await Bun.file(path).text()).toBe('{"half":');
  });
});

describe("--plaintext", () => {
  test("on both sides lets people talk, and the server warns of it", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--plaintext"] });
    expect(server.identity).toBe("none (not encrypted)");
    const warning = await server.output.next((line) => line.includes("warning"), "a warning");
    expect(warning).toContain("Nothing is encrypted");
    const alice = await stage.join("alice", server);
    await stage.holler(["send", "--name", "bob", ...server.there, "hi"]);
    await alice.next("said", { from: "bob", text: "hi" });
    expect((await readdir(server.home.data)).filter((name) => name.startsWith("identity"))).toEqual([]);
  });

  test("on one side only is explained in one sentence", async () => {
    await using stage = await openStage();
    const bare = await stage.server({ args: ["--plaintext"] });
    const encrypted = await stage.server();
    const meet = (port: number, ...args: string[]) =>
      stage.holler(["send", "--server", `127.0.0.1:${port}`, ...args, "hi"]);
    for (const { code, output, errors } of [
      await meet(bare.port),
      await meet(encrypted.port, "--plaintext"),
    ]) {
      expect({ code, output }).toEqual({ code: 1, output: "" });
      expect(errors).toMatch(/^holler: [^\n]*--plaintext[^\n]*\n$/);
    }
    await stage.join("alice", encrypted);
    await stage.join("alice", bare);
  });
});

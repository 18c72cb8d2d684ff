/** Shows how both programs start, which arguments they refuse, and that they end cleanly and leave nothing behind. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import packageJson from "../../package.json";
import { clientBinary, openStage, serverBinary } from "../support/holler.ts";
import { canMakeNetworks, createNetwork, networkHint } from "../support/netns.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasNetworks = requireRig("network namespaces", canMakeNetworks(), networkHint);

describe("the server", () => {
  test("prints its addresses, for people and for programs", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--name", "Lab 3"] });
    expect(JSON.parse(server.output.items[0] ?? "")).toEqual({
      at: expect.stringMatching(/Z$/),
      level: "info",
      event: "listening",
      room: "Lab 3",
      port: server.port,
      addresses: expect.arrayContaining([expect.stringMatching(/^[0-9a-f.:]+$/)]),
      identity: expect.stringMatching(/^SHA256:[\w-]{43}$/),
    });
    const home = await stage.home();
    const pretty = await stage.start([serverBinary, "--name", "Lab 3", "--port", "0", "--no-advertise"], {
      home,
    });
    await pretty.output.next((line) => line.startsWith("  Identity"), "the identity");
    expect(pretty.output.items.join("\n")).toMatch(
      /^Server is running and listening…\n {2}Room {7}Lab 3\n {2}Port {7}\d+\n {2}Addresses {2}\S.*\n {2}Identity {3}SHA256:[\w-]{43}$/,
    );
  });

  test("answers on IPv4 and IPv6", async () => {
    await using stage = await openStage();
    const { port } = await stage.server();
    const alice = await stage.join("alice", ["--server", `127.0.0.1:${port}`]);
    await stage.join("bob", ["--server", `[::1]:${port}`]);
    await stage.join("carol", ["--server", `localhost:${port}`]);
    await alice.next("joined", { name: "carol" });
  });

  test("answers only at the address of --host", async () => {
    await using stage = await openStage();
    const { port } = await stage.server({ args: ["--host", "127.0.0.1"] });
    await stage.join("alice", ["--server", `127.0.0.1:${port}`]);
    const { code, errors } = await stage.holler(["send", "--server", `[::1]:${port}`, "hi"]);
    expect(code).toBe(1);
    expect(errors).toBe(`holler: Nothing answers at ::1, port ${port}. Is the server running there?\n`);
  });

  test("refuses a port that was given and is in use", async () => {
    await using stage = await openStage();
    const { port } = await stage.server();
    const refused = await stage.runServer({ args: ["--port", String(port)] });
    expect(refused).toEqual({
      code: 2,
      output: "",
      errors: expect.stringContaining(`Port ${port} is in use.`),
    });
    expect(refused.errors.trim()).not.toContain("\n");
  });

  test.skipIf(!hasNetworks)("takes any free port when the usual one is in use", async () => {
    await using stage = await openStage();
    const network = createNetwork({ alone: {} });
    try {
      const host = network.host("alone");
      const first = await stage.server({ host, args: ["--no-advertise"] });
      const second = await stage.server({ host, args: ["--no-advertise"] });
      expect(first.port).toBe(4050);
      expect(second.port).not.toBe(4050);
      await stage.join("alice", ["--server", "127.0.0.1"], { host });
      await stage.join("alice", ["--server", `127.0.0.1:${second.port}`], { host });
    } finally {
      await network.close();
    }
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    test(`ends with 0 on ${signal}, and tells every client first`, async () => {
      await using stage = await openStage();
      const server = await stage.server();
      const alice = await stage.join("alice", server);
      const bob = await stage.join("bob", server);
      server.signal(signal);
      expect(await server.exit()).toBe(0);
      expect(server.errors.items).toEqual([]);
      for (const one of [alice, bob]) {
        const told = { reason: "server-stopped", message: "The server was stopped." };
        await one.next("connection", { state: "lost", ...told });
        // It waits for the server, until it is told to leave.
        one.do({ do: "quit" });
        expect(await one.exit()).toBe(0);
        expect(one.errors.items).toEqual([]);
      }
    });
  }

  test("ends within two seconds although one client hangs and another never said hello", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    alice.signal("SIGSTOP");
    const silent = await Bun.connect({ hostname: "127.0.0.1", port: server.port, socket: { data() {} } });
    const began = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(2_000);
    silent.terminate();
  });
});

describe("the arguments", () => {
  const wrong: Record<string, [string, ...string[]][]> = {
    [serverBinary]: [
      ["--prot", "--prot", "5"],
      ["--port", "--port"],
      ["--port", "--port", ""],
      ["--port", "--port", "65536"],
      ["--port", "--port", "4e3"],
      ["--max-clients", "--max-clients", "0"],
      ["--log-format", "--log-format", "xml"],
      ["--name", "--name", "x".repeat(41)],
      ["--name", "--name", "\u001b"],
      ["stray", "stray"],
    ],
    [clientBinary]: [
      ["--sever", "--sever", "here"],
      ["--server", "--server"],
      ["--server", "--server", "host:port"],
      ["--server", "--server", "host:70000"],
      ["--name", "--name", ""],
      ["--name", "--name", "no spaces"],
      ["--json", "--json=yes"],
      ["--plain", "--json", "--plain"],
      ["--room", "--room", "a", "--server", "b"],
      ["frobnicate", "frobnicate"],
      ["--json", "send", "--json", "hi"],
      ["--to", "send", "--to"],
      ["--frob", "servers", "--frob"],
    ],
  };
  for (const [binary, cases] of Object.entries(wrong)) {
    test(`of ${binary.split("/").at(-1)} are refused with one line that names the mistake`, async () => {
      await using stage = await openStage();
      const results = cases.map(async ([named, ...args]) => {
        const { code, output, errors } = await (await stage.start([binary, ...args])).result();
        expect({ args, code, output }).toEqual({ args, code: 2, output: "" });
        expect(errors).toMatch(/^holler(-server)?: [^\n]+\n$/);
        expect(errors).toContain(named);
      });
      await Promise.all(results);
    });
  }

  const options: Record<string, string[]> = {
    [serverBinary]:
      "name port host data max-clients motd no-advertise plaintext log-format version help".split(" "),
    [clientBinary]: "name server room json plain no-voice plaintext trust-new-identity version help".split(
      " ",
    ),
  };
  for (const [binary, names] of Object.entries(options)) {
    test(`of ${binary.split("/").at(-1)} are all in its help, and --version prints one line`, async () => {
      await using stage = await openStage();
      const run = async (...args: string[]) => (await stage.start([binary, ...args])).result();
      expect(await run("--version")).toEqual({ code: 0, output: `${packageJson.version}\n`, errors: "" });
      const help = await run("--help");
      expect(help).toMatchObject({ code: 0, errors: "" });
      expect(help.output).not.toContain("\u001b");
      expect(names.filter((name) => !help.output.includes(`--${name}`))).toEqual([]);
    });
  }
});

describe("after a session,", () => {
  const serverFiles = ["identity.pem", "room.sqlite", "server.lock"];

  test("the current folder is empty, and only the promised files are elsewhere", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server, { args: [] });
    alice.do({ do: "record", seconds: 1 });
    await alice.next("error");
    alice.do({ do: "quit" });
    expect(await alice.exit()).toBe(0);
    await server.stop();
    expect(await readdir(server.home.work)).toEqual([]);
    expect(await readdir(alice.home.work)).toEqual([]);
    expect((await readdir(server.home.data)).toSorted()).toEqual(serverFiles);
    expect((await readdir(alice.home.config)).toSorted()).toEqual([
      "client.lock",
      "key.pem",
      "known-servers.json",
      "seen.json",
      "settings.json",
    ]);
  });

  test("no .env or bunfig.toml of the current folder was read", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const traps = {
      ".env": "XDG_DATA_HOME=./trap\nXDG_CONFIG_HOME=./trap\n",
      ".env.local": "XDG_DATA_HOME=./trap\nXDG_CONFIG_HOME=./trap\n",
      "bunfig.toml": 'preload = ["./trap.ts"]\n',
      "trap.ts": 'await Bun.write("trapped", "");\n',
      "package.json": "{ damaged",
      "tsconfig.json": "{ damaged",
    };
    for (const [name, text] of Object.entries(traps)) await Bun.write(join(home.work, name), text);
    const { XDG_DATA_HOME: _, XDG_CONFIG_HOME: __, ...env } = home.env;
    const exposed = { ...home, env };
    const server = await stage.server({ home: exposed });
    const sent = await stage.holler(["send", "--name", "bob", ...server.there, "hi"], { home: exposed });
    expect(sent).toEqual({ code: 0, output: "", errors: "" });
    await server.stop();
    expect((await readdir(home.work)).toSorted()).toEqual(Object.keys(traps).toSorted());
    const kept = home.env.HOME ?? "";
    expect((await readdir(join(kept, ".local/share/holler"))).toSorted()).toEqual(serverFiles);
    expect(await readdir(join(kept, ".config/holler"))).toHaveLength(4);
  });
});

const canEnterRoot = process.platform === "linux" && process.getuid?.() === 0 && Bun.which("ldd") !== null;

describe.skipIf(!requireRig("a root folder of one's own", canEnterRoot, "run as root on Linux"))(
  "both programs",
  () => {
    test("beside the C library in an empty root folder, both programs run and text gets through", async () => {
      await using stage = await openStage();
      const home = await stage.home();
      const root = join(home.env.HOME ?? "", "root");
      for (const binary of [serverBinary, clientBinary]) {
        await Bun.write(join(root, binary.split("/").at(-1) ?? ""), Bun.file(binary), { mode: 0o755 });
        const needed = (await Bun.$`ldd ${binary}`.text()).match(/\/\S+/g) ?? [];
        for (const library of needed)
          await Bun.write(join(root, library), Bun.file(library), { mode: 0o755 });
      }
      for (const folder of ["tmp", "home", "proc", "dev"]) await mkdir(join(root, folder));
      const script = 'mount --bind /proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"';
      const enter = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script, root];
      const inside = (...cmd: string[]) => [...enter, ...cmd];
      const bare = { home: { ...home, env: { HOME: "/home", PATH: "/usr/sbin:/usr/bin:/bin" } } };
      const listens = ["/holler-server", "--port", "0", "--no-advertise", "--log-format", "json"];
      const server = await stage.start(inside(...listens), bare);
      const { port } = JSON.parse(await server.output.next((line) => line.includes("listening"), "the port"));
      const alice = await stage.start(
        inside("/holler", "--json", "--name", "alice", "--server", `127.0.0.1:${port}`),
        bare,
      );
      await alice.output.next((line) => line.includes('"welcome"'), "the welcome");
      alice.write('{"do":"record","seconds":1}\n');
      const refused = await alice.output.next(
        (line) => line.includes('"error"'),
        "a word on the missing sound",
      );
      expect(JSON.parse(refused).message).toMatch(/^[^\n]+\.$/);
      const bob = await stage.start(
        inside("/holler", "send", "--name", "bob", "--server", `127.0.0.1:${port}`, "hi"),
        bare,
      );
      expect(await bob.result()).toEqual({ code: 0, output: "", errors: "" });
      await alice.output.next((line) => line.includes('"text":"hi"'), "what bob said");
      expect([...server.errors.items, ...alice.errors.items]).toEqual([]);
      expect((await readdir(root)).filter((name) => name.startsWith("."))).toEqual([]);
    });
  },
);

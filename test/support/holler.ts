/** Runs the compiled programs, each with a home and a working folder of its own, and ends all of them. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonCommand, JsonEvent } from "../../lib/frontends/scripts/json.ts";
import type { Host } from "./netns.ts";
import { endInput, writeTo } from "./processes.ts";
import { createTranscript, readLines, type Transcript } from "./transcript.ts";

const dist = join(import.meta.dir, "../../dist");
export const serverBinary = join(dist, "holler-server");
export const clientBinary = join(dist, "holler");

/** Many times what a busy machine takes, because only a test that fails waits so long. */
const endsWithinMs = 60_000;

export interface Start {
  args?: string[];
  /** Where on a test network it runs; here, unless given. */
  host?: Host;
  /** Added to the bare environment that every program gets. */
  env?: Record<string, string>;
  /** The home of an earlier program, to start as the same person or server; a new one unless given. */
  home?: Home;
  /** Another executable instead of the built one. */
  binary?: string;
}

/** The folders and the environment of a program. */
export interface Home {
  /** The current folder. */
  work: string;
  data: string;
  config: string;
  env: Record<string, string>;
}

export interface Program {
  readonly pid: number;
  readonly home: Home;
  readonly output: Transcript<string>;
  readonly errors: Transcript<string>;
  write(text: string): void;
  /** Ends the input. */
  close(): void;
  signal(name: "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  /** The exit status. */
  exit(withinMs?: number): Promise<number>;
  /** Runs to its end: status, and everything that was printed. */
  result(): Promise<Result>;
}

export interface Result {
  code: number;
  output: string;
  errors: string;
}

export interface Server extends Program {
  room: string;
  port: number;
  /** `SHA256:…`, as printed. */
  identity: string;
  /** The arguments that lead a client here. */
  there: string[];
  stop(): Promise<number>;
  kill9(): Promise<void>;
}

type EventOf<Kind extends JsonEvent["event"]> = Extract<JsonEvent, { event: Kind }>;

export interface Client extends Program {
  readonly events: readonly JsonEvent[];
  do(command: JsonCommand): void;
  /** The next event of this kind with these fields. */
  next<Kind extends JsonEvent["event"]>(
    kind: Kind,
    fields?: Partial<EventOf<Kind>>,
    withinMs?: number,
  ): Promise<EventOf<Kind>>;
  /** The next event of any kind. */
  anything(): Promise<JsonEvent>;
  /** Resolves when the client has read all that was said before; leaves no trace in the events. */
  live(): Promise<void>;
}

/** Its programs end with its block, also when the test fails. */
export interface Stage extends AsyncDisposable {
  /** A new home, for programs that are started more than once. */
  home(): Promise<Home>;
  /** Any program in the bare environment. */
  start(cmd: string[], options?: Omit<Start, "args" | "binary">): Promise<Program>;
  /** A server that listens; not announced unless it is on a host of a test network. */
  server(options?: Start): Promise<Server>;
  /** A server that is expected to end by itself. */
  runServer(options?: Start): Promise<Result>;
  /** A client in `--json`, without voice unless its arguments are given. */
  client(name: string, server: Server | string[], options?: Start): Promise<Client>;
  /** The same, once it is in and has its first page: every line from now on comes as `said`. */
  join(name: string, server: Server | string[], options?: Start): Promise<Client>;
  /** `holler` with these arguments and this input, to its end. */
  holler(args: string[], options?: Omit<Start, "args"> & { input?: string }): Promise<Result>;
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "holler-e2e-"));
  const children = new Set<Bun.Subprocess>();
  const endAll = (): void => {
    for (const child of children) child.kill("SIGKILL");
  };
  // A test run that is interrupted leaves nothing behind either.
  process.once("exit", endAll);
  let homes = 0;

  async function makeHome(): Promise<Home> {
    homes += 1;
    const home = join(folder, `${homes}`);
    const inside = (name: string): string => join(home, name);
    await Promise.all(
      ["work", "data", "config", "tmp"].map((name) => mkdir(inside(name), { recursive: true })),
    );
    const env = {
      HOME: home,
      XDG_DATA_HOME: inside("data"),
      XDG_CONFIG_HOME: inside("config"),
      TMPDIR: inside("tmp"),
      PATH: "/usr/bin:/bin",
    };
    return { work: inside("work"), data: inside("data/holler"), config: inside("config/holler"), env };
  }

  async function start(cmd: string[], options: Omit<Start, "args" | "binary"> = {}): Promise<Program> {
    const home = options.home ?? (await makeHome());
    const child = Bun.spawn(options.host?.command(cmd) ?? cmd, {
      cwd: home.work,
      env: { ...home.env, ...(options.host && { PATH: process.env.PATH ?? "" }), ...options.env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    children.add(child);
    void child.exited.then(() => children.delete(child));
    return observe(child, home, cmd);
  }

  async function startServer({ args = [], binary = serverBinary, ...options }: Start = {}): Promise<Program> {
    const quiet = options.host === undefined ? ["--no-advertise"] : [];
    return start([binary, ...quiet, "--log-format", "json", ...args], options);
  }

  const stage: Stage = {
    home: makeHome,
    start,
    async server(options = {}) {
      const hasPort = options.args?.some((arg) => arg.startsWith("--port")) ?? false;
      const free = hasPort || options.host !== undefined ? [] : ["--port", "0"];
      return listening(await startServer({ ...options, args: [...free, ...(options.args ?? [])] }), options);
    },
    runServer: async (options) => (await startServer(options)).result(),
    async client(name, server, { args = ["--no-voice"], binary = clientBinary, ...options } = {}) {
      const there = Array.isArray(server) ? server : server.there;
      return speakJson(await start([binary, "--json", "--name", name, ...there, ...args], options), name);
    },
    async join(name, server, options) {
      const client = await stage.client(name, server, options);
      await client.next("welcome");
      await client.live();
      return client;
    },
    async holler(args, { input = "", binary = clientBinary, ...options } = {}) {
      const program = await start([binary, ...args], options);
      program.write(input);
      program.close();
      return program.result();
    },
    async [Symbol.asyncDispose]() {
      const ending = [...children].map((child) => child.exited);
      endAll();
      process.off("exit", endAll);
      await Promise.all(ending);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return stage;
}

function observe(child: Bun.Subprocess<"pipe", "pipe", "pipe">, home: Home, cmd: string[]): Program {
  const title = cmd.map((word) => word.split("/").at(-1)).join(" ");
  const output = createTranscript<string>(title);
  const errors = createTranscript<string>(`${title} (errors)`);
  const read = Promise.all([
    readLines(child.stdout, output.add).finally(output.end),
    readLines(child.stderr, errors.add).finally(errors.end),
  ]);
  const program: Program = {
    pid: child.pid,
    home,
    output,
    errors,
    write: (text) => writeTo(child.stdin, text),
    close: () => endInput(child.stdin),
    signal: (name) => child.kill(name),
    async exit(withinMs = endsWithinMs) {
      const { promise: late, resolve: giveUp } = Promise.withResolvers<undefined>();
      const timer = setTimeout(giveUp, withinMs);
      const code = await Promise.race([read.then(() => child.exited), late]);
      clearTimeout(timer);
      if (code !== undefined) return code;
      const said = [...output.items, ...errors.items].slice(-20).join("\n");
      throw new Error(`${title} did not end within ${withinMs} ms; it said:\n${said}`);
    },
    async result() {
      const code = await program.exit();
      const whole = ({ items }: Transcript<string>) => items.map((line) => `${line}\n`).join("");
      return { code, output: whole(output), errors: whole(errors) };
    },
  };
  return program;
}

interface Listening {
  event: string;
  room: string;
  port: number;
  identity: string;
}

async function listening(program: Program, { host, args = [] }: Start): Promise<Server> {
  const line = await program.output.next((text) => text.includes('"listening"'), "the listening line");
  const { room, port, identity } = JSON.parse(line) as Listening;
  const plaintext = args.includes("--plaintext") ? ["--plaintext"] : [];
  return {
    ...program,
    room,
    port,
    identity,
    there: host === undefined ? ["--server", `127.0.0.1:${port}`, ...plaintext] : plaintext,
    stop() {
      program.signal("SIGTERM");
      return program.exit();
    },
    async kill9() {
      program.signal("SIGKILL");
      await program.exit();
    },
  };
}

function speakJson(program: Program, name: string): Client {
  const events = createTranscript<JsonEvent>(name);
  let read = 0;
  const take = async (): Promise<void> => {
    for (;;) {
      const line = await program.output.next(() => true, "an event", 2 ** 31 - 1).catch(() => undefined);
      if (line === undefined) return events.end();
      read += 1;
      events.add(JSON.parse(line));
    }
  };
  void take().catch((thrown) => {
    events.add({ event: "error", code: "not-json", message: `line ${read}: ${thrown}` });
    events.end();
  });
  return {
    ...program,
    events: events.items,
    do: (command) => program.write(`${JSON.stringify(command)}\n`),
    anything: () => events.next(() => true, "any event"),
    async live() {
      // The server answers in order: the first page comes before this answer.
      program.write(`${JSON.stringify({ do: "who" })}\n`);
      await events.takeOut(({ event }) => event === "members", "members");
    },
    async next(kind, fields = {}, withinMs) {
      const fits = (event: JsonEvent): boolean =>
        event.event === kind && Bun.deepMatch(fields, event as object);
      return (await events.next(fits, `${kind} ${JSON.stringify(fields)}`, withinMs)) as EventOf<typeof kind>;
    },
  };
}

/** Starts the fixture programs on the hosts of a test network and reads what they print. */
import { join } from "node:path";
import type { Announcement } from "../../lib/discovery/record.ts";
import type { Host } from "../support/netns.ts";

const timeoutMs = 40_000;
const fixtures = join(import.meta.dir, "fixtures");

interface Line {
  ready?: boolean;
  /** Since the browser was started. */
  ms?: number;
  visible?: Announcement[];
  code?: string;
  message?: string;
}

export interface Program {
  /** The next line that matches; rejects when none comes in time. */
  next(matches: (line: Line) => boolean): Promise<Line>;
  signal(name: "SIGTERM" | "SIGKILL"): Promise<number>;
  /** What was printed so far. */
  readonly seen: readonly Line[];
  /** Uses up all file descriptors, or gives them back. */
  descriptors(state: "none" | "some"): void;
}

export interface BrowserProgram extends Program {
  /** Waits until exactly these ids are visible, in any order, and returns that line. */
  sees(...ids: string[]): Promise<Line & { visible: Announcement[] }>;
}

export const lab = { room: "Lab 3", id: "a1b2c3", protocol: 1, port: 4050 };

/** Starts a program that only announces a room; resolves when its first announcement is out. */
export async function startServer(host: Host, record: object = lab): Promise<Program> {
  const server = start(host, "server.ts", JSON.stringify(record));
  await server.next((line) => line.ready === true);
  return server;
}

/**
 * Starts a browser that runs until a signal; resolves when it has sent its first query. An exhausted one starts without
 * file descriptors.
 */
export async function startBrowser(host: Host, state?: "exhausted"): Promise<BrowserProgram> {
  const browser = start(host, "browser.ts", ...(state === undefined ? [] : [state]));
  await browser.next((line) => line.ready === true);
  return {
    ...browser,
    async sees(...ids) {
      const wanted = ids.toSorted().join();
      const line = await browser.next(
        ({ visible }) =>
          visible
            ?.map((room) => room.id)
            .toSorted()
            .join() === wanted,
      );
      return { ...line, visible: line.visible ?? [] };
    },
  };
}

/** The command line of a fixture program that runs to its end. */
export function fixture(name: string): string[] {
  return [process.execPath, join(fixtures, name)];
}

function start(host: Host, name: string, ...args: string[]): Program {
  // Few file descriptors, so that they are soon used up.
  const limited = ["sh", "-c", 'ulimit -n 64 && exec "$0" "$@"'];
  const child = host.spawn([...limited, ...fixture(name), ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = readLines(child.stdout);
  const seen: Line[] = [];
  return {
    async next(matches) {
      const deadline = Bun.sleep(timeoutMs).then(() => undefined);
      for (;;) {
        const read = await Promise.race([lines.next(), deadline]);
        const line = read?.value;
        if (line === undefined)
          throw new Error(`${name} on ${host.name} printed only ${JSON.stringify(seen)}`);
        seen.push(line);
        if (matches(line)) return line;
      }
    },
    signal(signal) {
      child.kill(signal);
      return child.exited;
    },
    seen,
    descriptors: (state) => child.kill(state === "none" ? "SIGUSR1" : "SIGUSR2"),
  };
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<Line, undefined> {
  const text = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + text.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) yield JSON.parse(part);
  }
  return undefined;
}

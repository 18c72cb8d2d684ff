/** Runs a program in a real terminal (tmux) for tests: sends keys to it and reads what a person would see. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { raiseSessionOf } from "../../scripts/priority.ts";

export interface TmuxOptions {
  width?: number;
  height?: number;
  env?: Record<string, string>;
  cwd?: string;
}

/** Ends with its block. */
export interface Tmux extends AsyncDisposable {
  /** The program that runs in it. */
  readonly pid: number;
  /** Types text as it stands. */
  type(text: string): Promise<void>;
  /** Presses keys by their tmux names: Enter, Tab, Up, C-c, Escape. */
  press(...keys: string[]): Promise<void>;
  /** Sends bytes in one piece, as a terminal does that answers. */
  send(bytes: Uint8Array): Promise<void>;
  /** Pastes, marked as a paste when the program asked for that. */
  paste(text: string): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  /** Stops the terminal: until it proceeds, it takes nothing from its program, and nothing else can be done with it. */
  stop(): void;
  proceed(): void;
  /** The rows on the screen without trailing blanks, those below the last used one left out. */
  screen(): Promise<string[]>;
  /** The screen with what has scrolled off it and, on demand, its escape sequences. */
  everything(options?: { escapes?: boolean }): Promise<string[]>;
  /** Where the cursor stands, counted from zero. */
  cursor(): Promise<{ row: number; column: number }>;
  /** Waits for a screen that satisfies, and returns it; the error shows the last one. */
  waitFor(what: (screen: string[]) => boolean, timeoutMs?: number): Promise<string[]>;
}

const pollEveryMs = 20;

/** The functions that end the open terminals. */
const open = new Set<() => void>();

/** For `afterEach`, because a test that timed out never leaves its blocks. */
export function closeTerminals(): void {
  for (const end of open) end();
  open.clear();
}

/** Opens a terminal of its own, on a tmux server of its own, and runs the command in it. */
export async function openTmux(command: string[], options: TmuxOptions = {}): Promise<Tmux> {
  const { width = 80, height = 24, env = {}, cwd } = options;
  const folder = mkdtempSync(join(tmpdir(), "holler-tmux-"));
  const socket = join(folder, "socket");
  let proceed = (): void => {};
  const tmux = (...args: string[]) => run(["tmux", "-u", "-S", socket, ...args]);
  // The server of this socket alone; its programs get SIGHUP.
  const end = (): void => {
    proceed();
    Bun.spawnSync(["tmux", "-S", socket, "kill-server"]);
    rmSync(folder, { recursive: true, force: true });
  };
  open.add(end);
  const settings = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const place = cwd === undefined ? [] : ["-c", cwd];
  const configuration = join(folder, "tmux.conf");
  writeFileSync(configuration, "set -g history-limit 50000\n");
  const size = ["-x", String(width), "-y", String(height)];
  await run([
    "tmux",
    "-u",
    "-S",
    socket,
    "-f",
    configuration,
    "new-session",
    "-d",
    ...size,
    ...settings,
    ...place,
    ...command,
  ]);
  // A command that has ended by now has no session.
  const processes = await tmux("display-message", "-p", "#{pid} #{pane_pid}").catch(() => "");
  const [server, program] = processes.trim().split(" ").map(Number);
  for (const pid of [server, program]) if (pid !== undefined) raiseSessionOf(pid);
  const signal = (name: "SIGSTOP" | "SIGCONT") => process.kill(server ?? Number.NaN, name);

  const screen = async () => withoutBlankEnd(await tmux("capture-pane", "-p"));
  return {
    pid: program ?? Number.NaN,
    async type(text) {
      await tmux("send-keys", "-l", "--", text);
    },
    async press(...keys) {
      await tmux("send-keys", "--", ...keys);
    },
    async send(bytes) {
      await tmux("send-keys", "-H", ...Array.from(bytes, (byte) => byte.toString(16)));
    },
    async paste(text) {
      // By a file: an argument of tmux may have 16 KiB only.
      const file = join(folder, "paste");
      writeFileSync(file, text);
      await tmux("load-buffer", file);
      await tmux("paste-buffer", "-p");
    },
    async resize(columns, rows) {
      await tmux("resize-window", "-x", String(columns), "-y", String(rows));
    },
    stop() {
      // A server that is stopped could not be ended either.
      proceed = () => void signal("SIGCONT");
      signal("SIGSTOP");
    },
    proceed() {
      proceed();
      proceed = () => {};
    },
    screen,
    async everything({ escapes = false } = {}) {
      return withoutBlankEnd(await tmux("capture-pane", "-p", "-S", "-", ...(escapes ? ["-e"] : [])));
    },
    async cursor() {
      const [row, column] = (await tmux("display-message", "-p", "#{cursor_y} #{cursor_x}")).split(" ");
      return { row: Number(row), column: Number(column) };
    },
    async waitFor(what, timeoutMs = 30_000) {
      const until = performance.now() + timeoutMs;
      for (;;) {
        const rows = await screen();
        if (what(rows)) return rows;
        if (performance.now() > until)
          throw new Error(`Not seen in time; the screen is:\n${rows.join("\n")}`);
        await Bun.sleep(pollEveryMs);
      }
    },
    async [Symbol.asyncDispose]() {
      open.delete(end);
      end();
    },
  };
}

function withoutBlankEnd(text: string): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((row) => row.trimEnd());
}

async function run(command: string[]): Promise<string> {
  const child = Bun.spawn(command, {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, TMUX: undefined },
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ").slice(0, 200)}: ${err.trim()}`);
  return out;
}

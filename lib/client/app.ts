/** Runs what the command line asked for, with the front end that fits: a terminal, piped text, or JSON. */
import { userInfo } from "node:os";
import { text as readAll } from "node:stream/consumers";
import { isatty } from "node:tty";
import type { ExitStatus } from "../base/failure.ts";
import { exitStatus, Failure } from "../base/failure.ts";
import type { ClientCommand, JoinArgs } from "../cli/client-args.ts";
import { version } from "../cli/command.ts";
import { configFolder } from "../cli/folders.ts";
import { createOutput } from "../cli/output.ts";
import { createTtyOutput, type TtyOutput } from "../cli/tty-output.ts";
import { createLineWriter } from "../frontends/scripts/lines.ts";
import { createPrompter } from "../frontends/text/prompter.ts";
import { errorSentence } from "../frontends/text/sentences.ts";
import { chooseStyle } from "../frontends/text/style.ts";
import { limits } from "../protocol/limits.ts";
import { cleanLine, normalPassphrase } from "../protocol/text.ts";
import { onSignals } from "../system/signals.ts";
import { createSuspension } from "../system/suspension.ts";
import type { Command } from "./api.ts";
import { chooseDevices, devicesToKeep } from "./desktop/chosen-devices.ts";
import { openStore } from "./desktop/config-store.ts";
import { withSentence } from "./desktop/failure-sentences.ts";
import type { DesktopOptions } from "./desktop/ports.ts";
import { createDesktopPorts } from "./desktop/ports.ts";
import { listServers } from "./desktop/servers.ts";
import type { OpenAudio } from "./session/audio.ts";
import type { Session } from "./session/session.ts";
import { createSession } from "./session/session.ts";

const store = openStore(configFolder);

type Chat = Extract<ClientCommand, { type: "chat" }>;
type Send = Extract<ClientCommand, { type: "send" }>;
type Doctor = Extract<ClientCommand, { type: "doctor" }>;

/**
 * Runs until it is done, and returns the exit status.
 * @throws {Failure} when it cannot go on; it was not reported yet.
 */
export async function runCommand(command: Exclude<ClientCommand, { type: "print" }>): Promise<ExitStatus> {
  switch (command.type) {
    case "servers": {
      const lines = await listServers(command.json, complain);
      process.stdout.write(lines.map((line) => `${line}\n`).join(""));
      return exitStatus.done;
    }
    case "devices": {
      const { listDevices } = await import("./desktop/devices.ts");
      await print(await listDevices(command.json, chooseDevices({}, await store.devices())));
      return exitStatus.done;
    }
    case "doctor":
      return doctor(command);
    case "send":
      return send(command);
    case "chat":
      if (command.json || !isatty(0) || !isatty(1)) return chatByScript(command);
      return chatAtTerminal(command, createTtyOutput(createOutput(1)));
  }
}

async function print(lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const output = createLineWriter(process.stdout, () => {});
  for await (const line of lines) output.line(line);
  await output.flush();
}

function complain(message: string): void {
  process.stderr.write(`holler: ${message}\n`);
}

/** The differences between the ways of joining. */
interface SessionFront extends Pick<DesktopOptions, "show" | "prompter"> {
  /** Absent: voice is off. */
  openAudio?: OpenAudio;
  /** How many earlier lines to show. */
  earlierLines?: number;
  onProblem?: DesktopOptions["onProblem"];
}

/** A session of the terminal client. */
function openSession(join: JoinArgs, front: SessionFront): Session {
  const { openAudio, earlierLines = limits.earlierLines, ...shown } = front;
  const passphrase = normalPassphrase(process.env.HOLLER_PASSPHRASE ?? "");
  const ports = createDesktopPorts({ ...join, store, onProblem: complain, ...shown });
  return createSession(
    {
      ...join,
      ...(passphrase === undefined ? {} : { passphrase }),
      earlierLines,
      proposedName: loginName(),
      client: `holler ${version}`,
    },
    { ...ports, ...(openAudio === undefined ? {} : { openAudio }) },
  );
}

/** The name of the account; a container may run under a number that no account has, or without USER and LOGNAME. */
function loginName(): string {
  try {
    const { username } = userInfo();
    // Bun says so when it does not know the name.
    return username === "unknown" ? "guest" : username;
  } catch {
    return "guest";
  }
}

/** The sound system of a chat, with the devices that were named, which are remembered, or with the remembered ones. */
function openAudio({ devices, autoGain }: Chat): OpenAudio {
  return async (onEvent) => {
    const { createAudioClient } = await import("../audio/helper/audio-client.ts");
    const kept = await store.devices();
    const keep = devicesToKeep(devices, kept);
    if (keep !== undefined) await store.keepDevices(keep);
    return createAudioClient({ ...chooseDevices(devices, kept), autoGain, onEvent });
  };
}

/** Runs a session until it ends; SIGTERM and SIGHUP leave it, unless they are ignored. */
async function runSession(session: Session): Promise<ExitStatus> {
  onSignals(["SIGTERM", "SIGHUP"], () => session.leave());
  try {
    return (await session.run()) ? exitStatus.done : exitStatus.failed;
  } catch (thrown) {
    throw withSentence(thrown);
  }
}

/** Runs a session of a script: Ctrl-C leaves it, too. */
function runUnattended(session: Session): Promise<ExitStatus> {
  onSignals(["SIGINT"], () => session.leave());
  return runSession(session);
}

async function chatAtTerminal(command: Chat, output: TtyOutput): Promise<ExitStatus> {
  const { join, plain, voice } = command;
  const { createTerminal } = await import("../frontends/terminal/terminal.ts");
  const terminal = createTerminal({
    input: process.stdin,
    output,
    env: process.env,
    plain,
    onCommand: (command) => void session.submit(command),
    onEnd: () => session.finish(),
    names: () => session.others(),
    isOperator: () => session.isOperator(),
    suspend: () => suspend?.(),
  });
  const suspend = createSuspension({
    ...terminal,
    notStopped: () => terminal.note("Ctrl-Z does nothing here: there is no shell to go back to."),
  });
  // However this program ends, the terminal is restored.
  process.on("exit", terminal.restore);
  // It is restored before a crash is reported.
  for (const crash of ["uncaughtException", "unhandledRejection"])
    process.prependListener(crash, terminal.restore);
  onSignals(["SIGINT"], terminal.interrupt);
  const session = openSession(join, {
    show: terminal.show,
    prompter: createPrompter(terminal),
    onProblem: (message) => terminal.note(message),
    ...(voice ? { openAudio: openAudio(command) } : {}),
  });
  try {
    return await runSession(session);
  } finally {
    await terminal.close();
  }
}

/** `--json`, or text through a pipe. A refusal is an event in the former, and changes the exit status of the latter. */
async function chatByScript(command: Chat): Promise<ExitStatus> {
  const { join, voice, json } = command;
  const { createJson } = await import("../frontends/scripts/json.ts");
  const { createPipe } = await import("../frontends/scripts/pipe.ts");
  const options = {
    input: process.stdin,
    output: createOutput(1),
    onCommand: (command: Command) => session.submit(command),
    onEnd: () => session.finish(),
  };
  let status: ExitStatus = exitStatus.done;
  const onInvalid = () => {
    status = exitStatus.failed;
  };
  const front = json
    ? createJson(options)
    : createPipe({
        ...options,
        errors: createOutput(2),
        env: process.env,
        isOperator: () => session.isOperator(),
        onInvalid,
      });
  const session = openSession(join, {
    show: front.show,
    ...(voice ? { openAudio: openAudio(command) } : {}),
  });
  try {
    const ended = await runUnattended(session);
    if (!json && ended !== exitStatus.done) onInvalid();
    return status;
  } catch (thrown) {
    if (!json || !(thrown instanceof Failure)) throw thrown;
    front.show({ type: "error", code: cleanLine(thrown.code), message: cleanLine(thrown.message) });
    return thrown.status;
  } finally {
    await front.close();
  }
}

/** Looks into everything, line by line as it is found. */
async function doctor({ scope, devices, json }: Doctor): Promise<ExitStatus> {
  const { runChecks } = await import("./doctor/doctor.ts");
  const { findingJson, findingLine } = await import("./doctor/finding.ts");
  const { TERM } = process.env;
  const style = chooseStyle(process.env, { terminal: process.stdout.isTTY, plain: TERM === "dumb" });
  const choice = chooseDevices(devices, await store.devices());
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  let status: ExitStatus = exitStatus.done;
  async function* lines(): AsyncGenerator<string> {
    for await (const finding of runChecks({ scope, devices: choice, store, note })) {
      if (!finding.ok) status = exitStatus.failed;
      yield json ? findingJson(finding) : findingLine(finding, style);
    }
  }
  await print(lines());
  return status;
}

/** Says one thing and leaves; succeeds silently. */
async function send({ join, to, text: given }: Send): Promise<ExitStatus> {
  const text = given ?? (await readAll(process.stdin));
  if (cleanLine(text) === "") throw new Failure("text-empty", exitStatus.usage, "There is nothing to send.");
  const session = openSession(join, {
    earlierLines: 0,
    show(event) {
      if (event.type === "error") complain(errorSentence(event));
    },
  });
  void session.submit(to === undefined ? { type: "say", text } : { type: "whisper", to, text });
  session.finish();
  return runUnattended(session);
}

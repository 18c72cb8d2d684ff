/** Runs what the command line asked for, with the front end that fits: a terminal, piped text, or JSON. */
import { userInfo } from "node:os";
import { text as readAll } from "node:stream/consumers";
import { isatty } from "node:tty";
import type { ExitStatus } from "../base/failure.ts";
import { exitStatus, Failure } from "../base/failure.ts";
import type { ClientCommand, JoinArgs } from "../cli/client-args.ts";
import { version } from "../cli/command.ts";
import { configFolder } from "../cli/folders.ts";
import { type Input, watchInput } from "../cli/input.ts";
import type { Output, Outputs } from "../cli/output.ts";
import { isReaderGone, limitWaiting, linesOf, outputFailure, print } from "../cli/printing.ts";
import { createTtyOutput } from "../cli/tty-output.ts";
import { createPrompter } from "../frontends/text/prompter.ts";
import { errorSentence } from "../frontends/text/sentences.ts";
import { chooseStyle } from "../frontends/text/style.ts";
import { limits } from "../protocol/limits.ts";
import { cleanLine } from "../protocol/text.ts";
import { onSignals } from "../system/signals.ts";
import { createSuspension } from "../system/suspension.ts";
import { typedText } from "../terminal/typed-text.ts";
import type { Command } from "./api.ts";
import { chooseDevices, devicesToKeep } from "./desktop/chosen-devices.ts";
import type { Store } from "./desktop/config-store.ts";
import { openStore } from "./desktop/config-store.ts";
import { withSentence } from "./desktop/failure-sentences.ts";
import type { DesktopOptions } from "./desktop/ports.ts";
import { createDesktopPorts } from "./desktop/ports.ts";
import { listServers } from "./desktop/servers.ts";
import type { OpenAudio } from "./session/audio.ts";
import type { Session } from "./session/session.ts";
import { createSession } from "./session/session.ts";

type Chat = Extract<ClientCommand, { type: "chat" }>;
type Send = Extract<ClientCommand, { type: "send" }>;
type Doctor = Extract<ClientCommand, { type: "doctor" }>;

/**
 * Runs until it is done, and returns the exit status.
 * @throws {Failure} when it cannot go on; it was not reported yet.
 */
export async function runCommand(
  command: Exclude<ClientCommand, { type: "print" }>,
  outputs: Outputs,
): Promise<ExitStatus> {
  const { standard, error } = outputs;
  switch (command.type) {
    case "servers":
      await print(standard, linesOf(await listServers(command.json, complainOn(error))));
      return exitStatus.done;
    case "devices": {
      const { listDevices } = await import("./desktop/devices.ts");
      const kept = await openStore(configFolder, complainOn(error)).devices();
      await print(standard, linesOf(await listDevices(command.json, chooseDevices({}, kept))));
      return exitStatus.done;
    }
    case "doctor":
      return doctor(command, outputs);
    case "send":
      return send(command, outputs);
    case "chat":
      if (command.json || !isatty(0) || !isatty(1)) return chatByScript(command, outputs);
      return chatAtTerminal(command, standard);
  }
}

/** Says on standard error what is wrong. */
function complainOn(error: Output): (message: string) => void {
  return (message) => void error.write(`holler: ${message}\n`);
}

/** The differences between the ways of joining. */
interface SessionFront extends Pick<DesktopOptions, "show" | "prompter" | "onProblem"> {
  /** Absent: voice is off. */
  openAudio?: OpenAudio;
  /** How many earlier lines to show. */
  earlierLines?: number;
}

/** A session of the terminal client. */
function openSession(join: JoinArgs, store: Store, front: SessionFront): Session {
  const { openAudio, earlierLines = limits.earlierLines, ...shown } = front;
  const ports = createDesktopPorts({ ...join, store, ...shown });
  return createSession(
    { ...join, earlierLines, proposedName: loginName(), client: `holler ${version}` },
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
function openAudio({ devices, autoGain }: Chat, store: Store): OpenAudio {
  return async (onEvent) => {
    const { createAudioClient } = await import("../audio/helper/audio-client.ts");
    const kept = await store.devices();
    if (devicesToKeep(devices, kept) !== undefined)
      await store.changeDevices((now) => devicesToKeep(devices, now));
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

/** Standard input: a file or a pipe as it is, a terminal without its replies. */
function openInput(): Input {
  return watchInput(isatty(0) ? typedText(process.stdin) : process.stdin);
}

/** Resolves when a signal has told the program to end. */
function endSignal(): Promise<void> {
  return new Promise((resolve) => onSignals(["SIGINT", "SIGTERM", "SIGHUP"], () => resolve()));
}

async function chatAtTerminal(command: Chat, standard: Output): Promise<ExitStatus> {
  const { join, plain, voice } = command;
  const { createTerminal } = await import("../frontends/terminal/terminal.ts");
  const terminal = createTerminal({
    input: process.stdin,
    output: createTtyOutput(standard),
    env: process.env,
    plain,
    onCommand: (command) => session.submit(command),
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
  const onProblem = (message: string): void => terminal.note(message);
  const store = openStore(configFolder, onProblem);
  const session = openSession(join, store, {
    show: terminal.show,
    prompter: createPrompter(terminal),
    onProblem,
    ...(voice ? { openAudio: openAudio(command, store) } : {}),
  });
  try {
    return await runSession(session);
  } finally {
    await terminal.close();
  }
}

/**
 * `--json`, or text through a pipe. A refusal is an event in the former, and changes the exit status of the latter. When the
 * output cannot be written any more, the client leaves as at the end of the input.
 */
async function chatByScript(command: Chat, outputs: Outputs): Promise<ExitStatus> {
  const { join, voice, json } = command;
  const { createJson } = await import("../frontends/scripts/json.ts");
  const { createPipe } = await import("../frontends/scripts/pipe.ts");
  const input = openInput();
  const [standard, error] = [limitWaiting(outputs.standard), limitWaiting(outputs.error)];
  const toldToEnd = endSignal();
  const options = {
    input,
    output: standard,
    onCommand: (command: Command) => session.submit(command),
    onEnd: () => session.finish(),
  };
  let status: ExitStatus = exitStatus.done;
  let failure: Failure | undefined;
  let outputError: NodeJS.ErrnoException | undefined;
  // A reader that has enough, as `head` does, is no error.
  standard.on("error", (thrown) => {
    if (!isReaderGone(thrown)) outputError ??= thrown;
  });
  const onInvalid = () => {
    status = exitStatus.failed;
  };
  const front = json
    ? createJson(options)
    : createPipe({
        ...options,
        errors: error,
        env: process.env,
        isOperator: () => session.isOperator(),
        onInvalid,
      });
  const complain = complainOn(error);
  const store = openStore(configFolder, complain);
  const session = openSession(join, store, {
    show: front.show,
    onProblem: complain,
    ...(voice ? { openAudio: openAudio(command, store) } : {}),
  });
  try {
    const ended = await runUnattended(session);
    const unread = input.failure();
    if (unread !== undefined) throw unread;
    if (!json && ended !== exitStatus.done) onInvalid();
  } catch (thrown) {
    if (!json || !(thrown instanceof Failure)) throw thrown;
    front.show({ type: "error", code: cleanLine(thrown.code), message: cleanLine(thrown.message) });
    failure = thrown;
  } finally {
    // A reader may take its time, but cannot keep a program that was told to end.
    await Promise.race([front.close(), toldToEnd.then(outputs.flush)]);
  }
  if (outputError !== undefined) throw failure ?? outputFailure(outputError);
  return failure?.status ?? status;
}

/** Looks into everything, line by line as it is found. */
async function doctor({ scope, devices, json }: Doctor, { standard, error }: Outputs): Promise<ExitStatus> {
  const { runChecks } = await import("./doctor/doctor.ts");
  const { findingJson, findingLine } = await import("./doctor/finding.ts");
  const { TERM } = process.env;
  const style = chooseStyle(process.env, { terminal: isatty(1), plain: TERM === "dumb" });
  const store = openStore(configFolder, complainOn(error));
  const choice = chooseDevices(devices, await store.devices());
  const note = (text: string): void => void error.write(`${text}\n`);
  let status: ExitStatus = exitStatus.done;
  async function* lines(): AsyncGenerator<string> {
    for await (const finding of runChecks({ scope, devices: choice, store, note })) {
      if (!finding.ok) status = exitStatus.failed;
      yield json ? findingJson(finding) : findingLine(finding, style);
    }
  }
  await print(standard, linesOf(lines()));
  return status;
}

/** Says one thing and leaves; succeeds silently. */
async function send({ join, to, text: given }: Send, { error }: Outputs): Promise<ExitStatus> {
  const text = given ?? (await readAll(openInput()));
  if (cleanLine(text) === "") throw new Failure("text-empty", exitStatus.usage, "There is nothing to send.");
  const complain = complainOn(error);
  const session = openSession(join, openStore(configFolder, complain), {
    earlierLines: 0,
    onProblem: complain,
    show(event) {
      if (event.type === "error") complain(errorSentence(event));
    },
  });
  void session.submit(to === undefined ? { type: "say", text } : { type: "whisper", to, text });
  session.finish();
  return runUnattended(session);
}

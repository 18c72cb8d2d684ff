/** A server from start to stop: puts the room, the listener and the announcement together. */
import { hostname } from "node:os";
import { version } from "../cli/command.ts";
import type { ServerOptions } from "../cli/server-args.ts";
import { defaultPort } from "../cli/server-args.ts";
import type { Advertisement } from "../discovery/advertise.ts";
import { advertise } from "../discovery/advertise.ts";
import { serverId } from "../discovery/server-id.ts";
import { limits } from "../protocol/limits.ts";
import { protocolVersion } from "../protocol/messages.ts";
import { nameKey } from "../protocol/text.ts";
import { answerLines, readConsole } from "./admin/console-commands.ts";
import { readTerminal } from "./admin/console-input.ts";
import type { Log } from "./admin/log.ts";
import { createLog } from "./admin/log.ts";
import { createConnectionLimiter } from "./admission/connection-limiter.ts";
import { throttleLog } from "./admission/log-throttle.ts";
import { createLoginThrottle } from "./admission/login-throttle.ts";
import { loadCertificate } from "./auth/certificate.ts";
import type { RoomPassphrase } from "./auth/passphrase.ts";
import { findPassphrase } from "./auth/passphrase.ts";
import { createPassphraseLogin } from "./auth/passphrase-login.ts";
import { isSignedBy } from "./auth/signatures.ts";
import { createCore } from "./core.ts";
import type { Listener, ListenOptions } from "./listener.ts";
import { addressesOf, listen } from "./listener.ts";
import { createHost } from "./runtime/host.ts";
import type { HostParts } from "./runtime/host-parts.ts";
import { createSqliteClips, isolateClips } from "./storage/clips.ts";
import { takeDataFolder } from "./storage/data-folder.ts";
import { openRoomFile, openRoomMemory } from "./storage/database.ts";
import { createSqliteHistory, isolateHistory } from "./storage/lines.ts";
import type { HistoryRetention } from "./storage/maintenance.ts";
import { maintainClips, maintainHistory, maintainRegistry } from "./storage/maintenance-loop.ts";
import { createSqliteRegistry, isolateRegistry } from "./storage/registry.ts";
import { createSqliteCommitLog } from "./storage/sqlite-commit-log.ts";

const dayMs = 86_400_000;

/**
 * Serves until the process is told to stop, then says goodbye to every client.
 * @throws {Failure} when it cannot start.
 */
export async function serve(options: ServerOptions): Promise<void> {
  // The reader of the log may be gone; the room goes on.
  process.stdout.on("error", () => {});
  const write = (text: string) => process.stdout.write(text);
  const log = throttleLog(createLog(options.logFormat, write), () => performance.now());
  using _folder = await takeDataFolder(options.data);
  const identity = options.plaintext ? undefined : await loadCertificate(options.data);
  const passphrase = await findPassphrase(options.data, options.passphrase);
  const passphraseLogin = passphrase && (await loadPassphraseLogin(passphrase.passphrase));
  using file = await openRoomFile(options.data);
  // Without a history, lines are kept only for clients that reconnect.
  using lines = options.history ? undefined : openRoomMemory();
  const now = { wallMs: Date.now(), monotonicMs: performance.now() };
  const history = isolateHistory(createSqliteHistory(lines ?? file, retentionOf(options), now), log.notice);
  using _history = maintainHistory(history);
  const clipRetention = { days: options.clipDays, bytesMax: options.clipMegabytes * 1_000_000 };
  const clips = isolateClips(createSqliteClips(file, clipRetention), log.notice);
  const retentionTime = () => history.time(performance.now());
  // A wall clock that is set forward makes no clip old.
  using _clips = maintainClips(clips, () => Math.min(Date.now(), retentionTime()));
  const operatorNames = new Set(options.operators.map(nameKey));
  const registry = isolateRegistry(createSqliteRegistry(file, operatorNames, retentionTime), log.notice);
  using _registry = maintainRegistry(registry, {
    present: history.present,
    unusedSinceMs: () => (history.isTimeCertain() ? retentionTime() - options.nameDays * dayMs : undefined),
  });
  const core = createCore({
    name: options.name,
    clientsMax: options.clientsMax,
    speakersMax: options.speakersMax,
    history,
    registry,
    passphrase: passphrase !== undefined,
    limitsSenders: options.limits,
    showsHistory: options.history,
    keepsClips: options.clipDays > 0,
    lastClip: clips.lastClip(),
    server: `holler-server ${version}`,
    ...(options.motd === undefined ? {} : { motd: options.motd }),
  });
  const answer = (lines: string[]) => void process.stderr.write(lines.map((line) => `${line}\n`).join(""));
  const host = createHost({
    core,
    commitLog: createSqliteCommitLog({ history, registry, clips }),
    archive: { history: history.page, listClips: clips.list, readClip: clips.read },
    present: history.present(),
    log,
    isSignedBy,
    limitsSenders: options.limits,
    ...(passphraseLogin && { createPassphraseLogin: passphraseLogin }),
    onAnswer: (message) => answer(answerLines(message)),
  });
  const listener = listen(
    {
      preferredPort: defaultPort,
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.host === undefined ? {} : { address: options.host }),
      ...(identity && { identity }),
      limiter: limitConnections(options.clientsMax, log),
    },
    host,
  );
  const fingerprint = identity?.fingerprint.toBase64({ alphabet: "base64url", omitPadding: true });
  const announced = { fingerprint, needsPassphrase: passphrase !== undefined };
  const advertisement = options.advertise ? announce(options, listener, announced, log) : undefined;
  await advertisement?.ready;
  log.listening({
    room: options.name,
    port: listener.port,
    addresses: addressesOf(options.host),
    identity: fingerprint === undefined ? "none (not encrypted)" : `SHA256:${fingerprint}`,
    ...(passphrase && { passphrase: `needed (${passphrase.from})` }),
  });
  if (passphrase?.isOpen)
    log.notice("warning", "passphrase-open", `Other users of this machine can read ${passphrase.from}.`);
  if (passphrase !== undefined && options.passphrase.isNew) tellNew(passphrase, log, answer);
  for (const name of options.operators.filter((one) => registry.owner(nameKey(one)) === undefined)) {
    const sentence = `The name ${name} belongs to no one yet: the first person who joins under it is an operator.`;
    log.notice("info", "operator-free", sentence);
  }
  if (options.plaintext) {
    const sentence = "Nothing is encrypted: everyone on this network can read and hear everything.";
    log.notice("warning", "plaintext", sentence);
  }
  if (!options.limits)
    log.notice(
      "warning",
      "no-limits",
      "There are no limits: each client may send as much as it likes, and slow the others down.",
    );

  const quit = Promise.withResolvers<string>();
  using _console = readTerminal((line) => {
    const input = readConsole(line);
    if (input.type === "ask") host.command(input.message);
    else if (input.type === "quit") quit.resolve("/quit");
    else answer(input.lines);
  });
  const signal = await Promise.race([stopSignal(), quit.promise]);
  log.notice("info", "stopping", `Stopping (${signal}).`);
  listener.stop();
  await Promise.all([advertisement?.close(), host.shutdown()]);
}

/** The passphrase itself is shown at a terminal only: a log is kept, and read by others. */
function tellNew({ passphrase, from }: RoomPassphrase, log: Log, show: (lines: string[]) => void): void {
  if (process.stderr.isTTY) show([`The new passphrase is: ${passphrase}`]);
  else log.notice("info", "new-passphrase", `The new passphrase is in ${from}.`);
}

/** Loaded for rooms with a passphrase only: it takes half a second. */
async function loadPassphraseLogin(
  passphrase: string,
): Promise<NonNullable<HostParts["createPassphraseLogin"]>> {
  const { createOpaqueServer } = await import("./auth/opaque.ts");
  const opaque = await createOpaqueServer(passphrase);
  return (sink) => createPassphraseLogin(opaque, createLoginThrottle(), sink);
}

/** Room for a full room, its pending connections, and as many that are being closed. */
function limitConnections(clientsMax: number, log: Log): ListenOptions["limiter"] {
  const limiter = createConnectionLimiter(clientsMax + 2 * limits.pendingConnectionsMax);
  return {
    admit(address, isLocal) {
      const nowMs = performance.now();
      const admission = limiter.admit(address, isLocal, nowMs);
      if (admission !== "admitted" && limiter.isWarningDue(nowMs)) {
        const why = `More connections came than are taken, the last of them from ${address}.`;
        log.notice("warning", admission, why);
      }
      return admission === "admitted";
    },
    left: limiter.left,
  };
}

function retentionOf({ history, historyDays, historyMegabytes }: ServerOptions): HistoryRetention {
  return history
    ? { days: historyDays, bytesMax: historyMegabytes * 1_000_000 }
    : { days: 1, bytesMax: limits.resumeMegabytes * 1_000_000 };
}

function announce(
  { name, host }: ServerOptions,
  { port }: Listener,
  { fingerprint, needsPassphrase }: { fingerprint: string | undefined; needsPassphrase: boolean },
  log: Log,
): Advertisement {
  return advertise({
    room: name,
    id: serverId(fingerprint ?? hostname(), port),
    protocol: protocolVersion,
    port,
    ...(host === undefined ? {} : { boundTo: host }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(needsPassphrase ? { needsPassphrase } : {}),
    onProblem: (code, message) => log.notice("warning", code, message),
  });
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
  });
}

/** A server from start to stop: puts the room, the listener and the announcement together. */
import { hostname } from "node:os";
import { isatty } from "node:tty";
import { version } from "../cli/command.ts";
import type { ServerOptions } from "../cli/server-args.ts";
import { defaultPort } from "../cli/server-args.ts";
import type { Advertisement } from "../discovery/advertise.ts";
import { advertise } from "../discovery/advertise.ts";
import { reachableAddresses } from "../discovery/interfaces.ts";
import { type OnProblem, reportOnce } from "../discovery/problem.ts";
import { serverId } from "../discovery/server-id.ts";
import { protocolVersion } from "../protocol/messages.ts";
import { nameKey } from "../protocol/text.ts";
import { ignoreTerminalStops } from "../system/job-control.ts";
import { onSignals } from "../system/signals.ts";
import { answerLines, endOfFileHint, readConsole } from "./admin/console-commands.ts";
import { readTerminal } from "./admin/console-input.ts";
import type { Log } from "./admin/log.ts";
import { createLog } from "./admin/log.ts";
import type { Capacity } from "./admission/capacity-plan.ts";
import { throttleLog } from "./admission/log-throttle.ts";
import { createLoginThrottle } from "./admission/login-throttle.ts";
import type { ServerCertificate } from "./auth/certificate.ts";
import { loadCertificate } from "./auth/certificate.ts";
import type { RoomPassphrase } from "./auth/passphrase.ts";
import { findPassphrase } from "./auth/passphrase.ts";
import { createPassphraseLogin } from "./auth/passphrase-login.ts";
import { isSignedBy } from "./auth/signatures.ts";
import { findCapacity, limitConnections, logCapacity, watchDescriptors } from "./capacity.ts";
import { createCore } from "./core.ts";
import type { Listener, ListenOptions } from "./listener.ts";
import { listen } from "./listener.ts";
import type { ServerOutputs } from "./outputs.ts";
import type { Host } from "./runtime/host.ts";
import { createHost } from "./runtime/host.ts";
import type { HostParts } from "./runtime/host-parts.ts";
import type { DataFolder } from "./storage/data-folder.ts";
import { takeDataFolder } from "./storage/data-folder.ts";
import { createSqliteCommitLog } from "./storage/sqlite-commit-log.ts";
import type { Stores } from "./stores.ts";
import { openStores } from "./stores.ts";

/** The secrets of a server, and who asks for them. */
interface Auth {
  /** Undefined: plaintext. */
  certificate: ServerCertificate | undefined;
  passphrase: RoomPassphrase | undefined;
  createPassphraseLogin: HostParts["createPassphraseLogin"];
}

/** Prints lines at the console. */
type Show = (lines: string[]) => void;

/**
 * Serves until the process is told to stop, then says goodbye to every client.
 * @throws {Failure} when it cannot start.
 */
export async function serve(options: ServerOptions, outputs: ServerOutputs): Promise<void> {
  ignoreTerminalStops();
  const { write } = outputs.openLog(options.logFormat);
  const log = throttleLog(createLog(options.logFormat, write), () => performance.now());
  const show = (lines: string[]) => outputs.operator.write(lines.map((line) => `${line}\n`).join(""));
  using folder = await takeDataFolder(options.data);
  const auth = await loadAuth(options);
  using stores = await openStores(options, log.notice);
  const capacity = findCapacity(options.clientsMax);
  const host = createServerHost(options, capacity, auth, stores, log, show);
  // Before the first client: from then on, no signal ends the server without a goodbye.
  const stopping = stopSignal();
  const limiter = limitConnections(capacity, log);
  const listener = listen(listenOptions(options, auth, limiter), host);
  using _watch = watchDescriptors(listener, limiter, log);
  const fingerprint = auth.certificate?.fingerprint.toBase64({ alphabet: "base64url", omitPadding: true });
  const announced = { fingerprint, needsPassphrase: auth.passphrase !== undefined };
  const reportNetwork = reportOnce(({ code, message }) => log.notice("warning", code, message));
  const advertisement = options.advertise ? announce(options, listener, announced, reportNetwork) : undefined;
  await advertisement?.ready;
  log.listening({
    room: options.name,
    port: listener.port,
    addresses: reachableAddresses(options.host, reportNetwork),
    identity: fingerprint === undefined ? "none (not encrypted)" : `SHA256:${fingerprint}`,
    ...(auth.passphrase && { passphrase: `needed (${auth.passphrase.from})` }),
  });
  logRisks(options, auth, stores, log, show);
  logFolderRisks(options, folder, log);
  logCapacity(capacity, options.clientsMax, log);

  const quit = Promise.withResolvers<string>();
  using _console = readTerminal({
    line(line) {
      const input = readConsole(line);
      if (input.type === "ask") host.command(input.message);
      else if (input.type === "quit") quit.resolve("/quit");
      else show(input.lines);
    },
    endOfFile: () => show([endOfFileHint]),
  });
  const signal = await Promise.race([stopping, quit.promise]);
  log.notice("info", "stopping", `Stopping (${signal}).`);
  listener.stop();
  await Promise.all([advertisement?.close(), host.shutdown()]);
  stores.history.stopped(Date.now());
}

async function loadAuth(options: ServerOptions): Promise<Auth> {
  const certificate = options.plaintext ? undefined : await loadCertificate(options.data);
  const passphrase = await findPassphrase(options.data, options.passphrase);
  const createPassphraseLogin = passphrase && (await loadPassphraseLogin(passphrase.passphrase));
  return { certificate, passphrase, createPassphraseLogin };
}

function createServerHost(
  options: ServerOptions,
  { clientsMax, pendingMax }: Capacity,
  auth: Auth,
  stores: Stores,
  log: Log,
  show: Show,
): Host {
  const { history, registry, clips } = stores;
  const core = createCore({
    name: options.name,
    clientsMax,
    pendingMax,
    speakersMax: options.speakersMax,
    history,
    registry,
    passphrase: auth.passphrase !== undefined,
    limitsSenders: options.limits,
    showsHistory: options.history,
    keepsClips: options.clipDays > 0,
    lastClip: stores.lastClip,
    server: `holler-server ${version}`,
    ...(options.motd === undefined ? {} : { motd: options.motd }),
  });
  const { createPassphraseLogin } = auth;
  return createHost({
    core,
    commitLog: createSqliteCommitLog({ history, registry, clips }),
    archive: { history: history.page, listClips: clips.list, readClip: clips.read },
    present: stores.present,
    log,
    isSignedBy,
    limitsSenders: options.limits,
    ...(createPassphraseLogin && { createPassphraseLogin }),
    onAnswer: (message) => show(answerLines(message)),
  });
}

function listenOptions(
  { port, host }: ServerOptions,
  { certificate }: Auth,
  limiter: ListenOptions["limiter"],
): ListenOptions {
  return {
    preferredPort: defaultPort,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { address: host }),
    ...(certificate && { identity: certificate }),
    limiter,
  };
}

/** Logs what an operator should know about the way in which this server was started. */
function logRisks(
  options: ServerOptions,
  { passphrase }: Auth,
  { registry }: Stores,
  log: Log,
  show: Show,
): void {
  if (passphrase?.isOpen)
    log.notice("warning", "passphrase-open", `Other users of this machine can read ${passphrase.from}.`);
  if (passphrase !== undefined && options.passphrase.isNew) showNewPassphrase(passphrase, log, show);
  for (const name of options.operators.filter((one) => registry.owner(nameKey(one)) === undefined)) {
    const sentence = `The name ${name} belongs to no one yet: the first person who joins under it is an operator.`;
    log.notice("info", "operator-free", sentence);
  }
  if (options.plaintext) {
    const sentence = "Nothing is encrypted: everyone on this network can read and hear everything.";
    log.notice("warning", "plaintext", sentence);
  }
  if (options.limits) return;
  const sentence = "There are no limits: each client may send as much as it likes, and slow the others down.";
  log.notice("warning", "no-limits", sentence);
}

/** Logs what an operator should know about the data folder. */
function logFolderRisks({ data, dataProblem }: ServerOptions, { isOpen }: DataFolder, log: Log): void {
  if (dataProblem !== undefined)
    log.notice("warning", "data-elsewhere", `${dataProblem} The data is in ${data}.`);
  if (!isOpen) return;
  const sentence = `The file system of ${data} keeps no permissions: other users of this machine can read the keys and the history.`;
  log.notice("warning", "data-open", sentence);
}

/** The passphrase itself is shown at a terminal only: a log is kept, and read by others. */
function showNewPassphrase({ passphrase, from }: RoomPassphrase, log: Log, show: Show): void {
  if (isatty(2)) show([`The new passphrase is: ${passphrase}`]);
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

function announce(
  { name, host }: ServerOptions,
  { port }: Listener,
  { fingerprint, needsPassphrase }: { fingerprint: string | undefined; needsPassphrase: boolean },
  onProblem: OnProblem,
): Advertisement {
  return advertise({
    room: name,
    id: serverId(fingerprint ?? hostname(), port),
    protocol: protocolVersion,
    port,
    ...(host === undefined ? {} : { boundTo: host }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(needsPassphrase ? { needsPassphrase } : {}),
    onProblem,
  });
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => onSignals(["SIGINT", "SIGTERM", "SIGHUP"], resolve));
}

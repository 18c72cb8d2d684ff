/** holler-server: reads the arguments, puts the parts together, and runs until it is told to stop. */
import { isIP } from "node:net";
import { hostname } from "node:os";
import { version } from "./lib/cli/command.ts";
import type { ServerOptions } from "./lib/cli/server-args.ts";
import { defaultPort, readServerArgs } from "./lib/cli/server-args.ts";
import { exitStatus, Failure, sentenceOf } from "./lib/protocol/failure.ts";

async function main(): Promise<void> {
  const read = await readServerArgs(process.argv.slice(2));
  if ("print" in read) return void process.stdout.write(read.print);
  await serve(read.options);
}

/** Loaded only when a server really starts: `--version` and `--help` need none of it. */
async function loadParts() {
  const [room, host, listener, log, identity, advertise, messages] = await Promise.all([
    import("./lib/room/room.ts"),
    import("./lib/server/host.ts"),
    import("./lib/server/listener.ts"),
    import("./lib/server/log.ts"),
    import("./lib/server/identity.ts"),
    import("./lib/discovery/advertise.ts"),
    import("./lib/protocol/messages.ts"),
  ]);
  return { ...room, ...host, ...listener, ...log, ...identity, ...advertise, ...messages };
}

async function serve(options: ServerOptions): Promise<void> {
  const parts = await loadParts();
  const log = parts.createLog(options.logFormat, (text) => process.stdout.write(text));
  const identity = options.plaintext ? undefined : await parts.loadIdentity(options.data);
  const room = parts.createRoom({
    name: options.name,
    clientsMax: options.clientsMax,
    speakersMax: 1,
    lastId: 0,
    server: `holler-server ${version}`,
    ...(options.motd === undefined ? {} : { motd: options.motd }),
  });
  const host = parts.createHost(room, log);
  const listener = parts.listen(
    {
      preferredPort: defaultPort,
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.host === undefined ? {} : { address: options.host }),
      ...(identity && { identity }),
    },
    host,
  );
  const fingerprint = identity?.fingerprint.toBase64({ alphabet: "base64url", omitPadding: true });
  const advertisement = options.advertise
    ? parts.advertise({
        room: options.name,
        id: parts.serverId(fingerprint ?? hostname(), listener.port),
        protocol: parts.protocolVersion,
        port: listener.port,
        ...(options.host !== undefined && isIP(options.host) !== 0 ? { boundTo: options.host } : {}),
        ...(fingerprint === undefined ? {} : { fingerprint }),
        onProblem: (code, message) => log.notice("warning", code, message),
      })
    : undefined;
  await advertisement?.ready;
  log.listening({
    room: options.name,
    port: listener.port,
    addresses: options.host === undefined ? parts.ownAddresses() : [options.host],
    identity: fingerprint === undefined ? "none (not encrypted)" : `SHA256:${fingerprint}`,
  });
  if (options.plaintext) {
    log.notice(
      "warning",
      "plaintext",
      "Nothing is encrypted: everybody on this network can read and hear everything.",
    );
  }

  const signal = await stopSignal();
  log.notice("info", "stopping", `Stopping (${signal}).`);
  listener.stop();
  await Promise.all([advertisement?.close(), host.shutdown()]);
  process.exit(exitStatus.done);
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
  });
}

function end(thrown: unknown): never {
  process.stderr.write(`holler-server: ${sentenceOf(thrown)}\n`);
  process.exit(thrown instanceof Failure ? thrown.status : exitStatus.failed);
}

process.on("uncaughtException", end);
process.on("unhandledRejection", end);
main().catch(end);

/** The server's one TCP port, with TLS 1.3 unless the server is told to use none. */
import { isIP, isIPv6 } from "node:net";
import { exitStatus, Failure, sentenceOf, systemCode } from "../base/failure.ts";
import { zoneProblem } from "../discovery/interfaces.ts";
import { createTcpTransport, type TcpTransport } from "../transport/tcp-transport.ts";
import type { TransportSink } from "../transport/transport.ts";
import type { ServerCertificate } from "./auth/certificate.ts";
import type { Host } from "./runtime/host.ts";

export interface Listener {
  port: number;
  /** Accepts no more connections; the open ones stay. */
  stop(): void;
  /** As `stop`, until `resume`. */
  pause(): void;
  /** False: the port cannot be listened on again, or the listener was stopped. */
  resume(): boolean;
}

export interface ListenOptions {
  /** The address to bind; none: all, IPv4 and IPv6. */
  address?: string;
  /** Must be free. None: `preferredPort`, or any other if that is taken. */
  port?: number;
  preferredPort: number;
  /** None: plaintext. */
  identity?: ServerCertificate;
  /** Whether one more connection from there is admitted; it counts until `left` is called. */
  limiter: { admit(address: string, isLocal: boolean): boolean; left(): void };
}

/** Empty: the connection was not admitted. */
interface Peer {
  sink?: TransportSink;
  transport?: TcpTransport;
}

/** The part of a listening socket of Bun that is used. */
interface Server {
  port: number;
  stop(): void;
}

const tls13 = 0x0304;
const keepAliveAfterMs = 30_000;

/**
 * Starts listening, and hands every admitted connection to the host.
 * @throws {Failure} `port-in-use`, `port-not-allowed` or `address-not-here`.
 */
export function listen(options: ListenOptions, host: Host): Listener {
  const { address } = options;
  if (address !== undefined && isIP(address) === 0) {
    const why = `--host takes an IP address of this machine, not "${address}".`;
    throw new Failure("address-not-here", exitStatus.usage, why);
  }
  let server = bindFirst(options, host);
  let isStopped = false;
  const { port } = server;
  return {
    port,
    stop() {
      isStopped = true;
      server.stop();
    },
    pause: () => server.stop(),
    resume() {
      if (isStopped) return false;
      try {
        server = bind(options, port, host);
        return true;
      } catch {
        return false;
      }
    },
  };
}

function bindFirst(options: ListenOptions, host: Host): Server {
  const wanted = options.port ?? options.preferredPort;
  try {
    return bind(options, wanted, host);
  } catch (thrown) {
    if (systemCode(thrown) === "EADDRINUSE" && options.port === undefined) return bind(options, 0, host);
    throw explain(thrown, options, wanted);
  }
}

function bind(options: ListenOptions, port: number, host: Host): Server {
  if (options.address !== undefined) return open(options.address, port, options, host);
  try {
    // A socket bound to :: takes IPv4 too.
    return open("::", port, options, host);
  } catch (thrown) {
    if (systemCode(thrown) === "EADDRINUSE" || systemCode(thrown) === "EACCES") throw thrown;
    return open("0.0.0.0", port, options, host);
  }
}

function open(hostname: string, port: number, { identity, limiter }: ListenOptions, host: Host): Server {
  // minVersion is known to Bun, but not to its types.
  const tls = identity && { key: identity.key, cert: identity.certificate, minVersion: tls13 };
  return Bun.listen<Peer>({
    hostname,
    port,
    ...(tls === undefined ? {} : { tls }),
    socket: {
      open(socket) {
        const address = readableAddress(socket.remoteAddress);
        const isLocal = isOwnMachine(address, readableAddress(socket.localAddress));
        socket.data = {};
        // Refused before TLS costs anything.
        if (!limiter.admit(address, isLocal)) return void socket.terminate();
        // Otherwise every message reaches its last receiver about 40 ms late (Nagle and delayed ACK).
        socket.setNoDelay(true);
        // For peers that know no pings: the operating system finds out whether they are there, in its own time.
        socket.setKeepAlive(true, keepAliveAfterMs);
        const transport = createTcpTransport(socket, tls !== undefined);
        socket.data = { transport, sink: host.connect(transport, { address, isLocal }) };
      },
      data: (socket, chunk) => socket.data.sink?.receive(chunk),
      drain: (socket) => socket.data.sink?.drained(),
      close(socket) {
        if (socket.data.sink === undefined) return;
        socket.data.sink.closed();
        limiter.left();
      },
      handshake(socket, isDone) {
        if (isDone) socket.data.transport?.secured();
      },
      // A failed handshake and a reset both end in `close`.
      error() {},
    },
  });
}

/** Whether the client is on this machine, by a loopback address or any other of its own. */
function isOwnMachine(remote: string, local: string): boolean {
  return remote === local || remote.startsWith("127.") || remote === "::1";
}

/** An IPv4 address in its usual form, also when it came through an IPv6 socket. */
function readableAddress(address: string): string {
  return address.startsWith("::ffff:") && !isIPv6(address.slice(7)) ? address.slice(7) : address;
}

function explain(thrown: unknown, options: ListenOptions, port: number): Failure {
  switch (systemCode(thrown)) {
    case "EADDRINUSE": {
      const why = `Port ${port} is in use. Name another with --port, or leave --port out to take any free one.`;
      return new Failure("port-in-use", exitStatus.usage, why);
    }
    case "EACCES": {
      const why = `Port ${port} needs more rights than this program has. Name one above 1023 with --port.`;
      return new Failure("port-not-allowed", exitStatus.usage, why);
    }
    default: {
      const why =
        zoneProblem(options.address ?? "") ??
        `The address ${options.address ?? "of this machine"} cannot be listened on (${sentenceOf(thrown)}).`;
      return new Failure("address-not-here", exitStatus.usage, why);
    }
  }
}

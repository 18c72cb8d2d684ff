/** Connects to a server: tries all its addresses at once, and takes the first one that gives the expected answer. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { exitStatus, Failure, systemCode } from "../../base/failure.ts";
import { withEveryZone, zoneProblem } from "../../discovery/interfaces.ts";
import { hasFreeDescriptor } from "../../system/descriptors.ts";
import { createTcpTransport } from "../../transport/tcp-transport.ts";
import type { TransportSink } from "../../transport/transport.ts";
import type { ServerConnection } from "../session/server-connection.ts";
import { createServerConnection } from "../session/server-connection.ts";

/** Where a server is. */
export interface Target {
  /** Host names or IP literals, all tried at once. */
  hosts: string[];
  port: number;
  /** False: plaintext. */
  tls: boolean;
  /** The base64url SHA-256 that its certificate must have; anything else is another server. None: any. */
  identity?: string;
}

/** A server that was named by its address, for sentences: `host:port`, with an IPv6 address in brackets. */
export function shownAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

interface Attempt {
  connection: Promise<ServerConnection>;
  /** Gives up at once. */
  abort(): void;
}

const tls13 = 0x0304;
/** How long an address may take to answer. */
const answerTimeoutMs = 5_000;

/**
 * Connects to the first address that answers, with a finished TLS handshake if the target has TLS. Every other
 * attempt is ended.
 * @throws {Failure} `no-answer`, `no-such-host`, `another-server` when the certificate is not the expected one, `not-tls`
 * when something answers that does not speak TLS 1.3, `closed-at-once` when nothing is answered, `interface-missing` for a
 * link-local address without its interface, or `too-many-files` when no file descriptor is left.
 */
export async function connect(target: Target, withinMs: number = answerTimeoutMs): Promise<ServerConnection> {
  const addresses = await resolve(target.hosts);
  const attempts = addresses.map((address) => attempt(address, target));
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(noAnswer(target)), withinMs);
  let first: Attempt | undefined;
  try {
    const answered = attempts.map((one) => one.connection.then(() => one));
    first = await Promise.race([Promise.any(answered), timeout.promise]);
    return await first.connection;
  } catch (thrown) {
    const reasons = thrown instanceof AggregateError ? thrown.errors : [thrown];
    throw reasons.find((reason) => reason instanceof Failure) ?? noAnswer(target);
  } finally {
    clearTimeout(timer);
    for (const other of attempts) if (other !== first) other.abort();
  }
}

function noAnswer({ hosts, port }: Target): Failure {
  const [host = "this address"] = hosts;
  const problem = zoneProblem(host);
  if (problem !== undefined) return new Failure("interface-missing", exitStatus.usage, problem);
  const why = `Nothing answers at ${host}, port ${port}. Is the server running there?`;
  return new Failure("no-answer", exitStatus.failed, why);
}

/** The addresses of the hosts that have any. */
async function resolve(hosts: string[]): Promise<string[]> {
  const failures: Failure[] = [];
  const found = await Promise.all(
    hosts.map(async (host) => {
      if (isIP(host) !== 0) return [host];
      try {
        return (await lookup(host, { all: true })).flatMap(({ address }) => withEveryZone(address));
      } catch (error) {
        failures.push(outOfFiles() ?? noSuchHost(host, systemCode(error)));
        return [];
      }
    }),
  );
  const addresses = [...new Set(found.flat())];
  if (addresses.length > 0) return addresses;
  throw failures[0] ?? noSuchHost(hosts.join(" or "), "ENOTFOUND");
}

function noSuchHost(host: string, code: string): Failure {
  const why =
    code === "ENOTFOUND"
      ? `There is no host called ${host} on this network.`
      : `The name ${host} cannot be looked up (${code}): name the address of the server instead.`;
  return new Failure("no-such-host", exitStatus.failed, why);
}

function attempt(address: string, { port, tls, identity }: Target): Attempt {
  const ready = Promise.withResolvers<ServerConnection>();
  let socket: Bun.Socket<TransportSink> | undefined;
  let isAborted = false;

  function open(opened: Bun.Socket<TransportSink>, met?: string): void {
    const connection = createServerConnection(createTcpTransport(opened, tls), met);
    opened.data = connection;
    ready.resolve(connection);
  }

  const options = tls ? { tls: { rejectUnauthorized: false, minVersion: tls13 } } : {};
  const opening = Bun.connect<TransportSink>({
    hostname: address,
    port,
    ...options,
    socket: {
      open(opened) {
        socket = opened;
        if (isAborted) return void opened.terminate();
        opened.setNoDelay(true);
        if (!tls) open(opened);
      },
      handshake(opened, _isTrusted, problem) {
        // Whether to trust the certificate is decided by its fingerprint, never by a certificate authority.
        const met = identityOf(opened);
        if (met === undefined) return ready.reject(isProtocolError(problem) ? notTls() : closedAtOnce());
        if (identity === undefined || met === identity) return open(opened, met);
        ready.reject(anotherServer());
        opened.terminate();
      },
      data: (opened, chunk) => opened.data?.receive(chunk),
      drain: (opened) => opened.data?.drained(),
      close(opened) {
        ready.reject(closedAtOnce());
        opened.data?.closed();
      },
      error() {},
    },
  });
  opening.catch((error) => ready.reject(outOfFiles() ?? error));
  return {
    connection: ready.promise,
    abort() {
      isAborted = true;
      socket?.terminate();
    },
  };
}

/** Bun takes a missing file descriptor for a refused connection. */
function outOfFiles(): Failure | undefined {
  if (hasFreeDescriptor()) return undefined;
  const why = "No more files and connections can be opened: raise the limit of open files (ulimit -n).";
  return new Failure("too-many-files", exitStatus.failed, why);
}

function identityOf(socket: Bun.Socket<TransportSink>): string | undefined {
  const fingerprint = socket.getPeerCertificate()?.fingerprint256;
  if (typeof fingerprint !== "string") return undefined;
  return Uint8Array.fromHex(fingerprint.replaceAll(":", "")).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** The peer sent something that is no TLS; otherwise it only closed the connection. */
function isProtocolError(problem: Error | null): boolean {
  return systemCode(problem) === "EPROTO";
}

function closedAtOnce(): Failure {
  const why =
    "The server closed the connection at once: it may have no room for more connections. Try again.";
  return new Failure("closed-at-once", exitStatus.failed, why);
}

function notTls(): Failure {
  const why =
    "Something answers there, but not with TLS 1.3. A server started with --plaintext needs a client with --plaintext.";
  return new Failure("not-tls", exitStatus.failed, why);
}

function anotherServer(): Failure {
  const why = "Another server answers there than the one that was announced; try again.";
  return new Failure("another-server", exitStatus.failed, why);
}

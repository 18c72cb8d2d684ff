/** The client's connection to a server: every address of it tried at once, TLS checked by whoever asked for it. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { refusal } from "../protocol/errors.ts";
import { exitStatus, Failure } from "../protocol/failure.ts";
import { createFrameReader, encodeFrame, voiceKind } from "../protocol/frame.ts";
import { limits } from "../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../protocol/messages.ts";
import { decodeServerMessage, encodeClientMessage } from "../protocol/messages.ts";
import { createOutbox } from "../protocol/outbox.ts";
import type { VoiceFrame } from "../protocol/voice-frame.ts";
import { decodeVoice, encodeVoice } from "../protocol/voice-frame.ts";

/** Where a server is. */
export interface Target {
  /** Host names or IP literals, all tried at once. */
  hosts: string[];
  port: number;
  /** False: plaintext. */
  tls: boolean;
}

/** What a link tells its owner. */
export interface LinkSink {
  message(message: ServerMessage): void;
  voice(frame: VoiceFrame): void;
  /** The connection is gone; `why` when the server said so, or sent what it must not. */
  closed(why?: { code: string; message: string }): void;
}

export interface Link {
  /** SHA-256 of the server's certificate; undefined in plaintext. */
  fingerprint: Uint8Array | undefined;
  /** Begins to read; what came before was kept. */
  attach(sink: LinkSink): void;
  send(message: ClientMessage): void;
  /** Late voice is dropped rather than sent. */
  sendVoice(frame: VoiceFrame): void;
  /** Closes once what was sent has left. */
  close(): void;
}

type Socket = Bun.Socket<SocketData>;
interface SocketData {
  data(chunk: Uint8Array): void;
  drain(): void;
  closed(): void;
}

const tls13 = 0x0304;
const answerWithinMs = 5_000;

/**
 * Connects to the first address that answers, with a finished TLS handshake if the target has TLS.
 * @throws {Failure} `no-answer`, `no-such-host`, or `not-tls` when something answers that does not speak TLS 1.3.
 */
export async function connect(target: Target): Promise<Link> {
  const addresses = await resolve(target.hosts);
  const attempts = addresses.map((address) => connectTo(address, target.port, target.tls));
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(noAnswer(target)), answerWithinMs);
  try {
    const link = await Promise.race([Promise.any(attempts), timeout.promise]);
    for (const attempt of attempts) attempt.then((other) => other !== link && other.close()).catch(() => {});
    return link;
  } catch (thrown) {
    for (const attempt of attempts) attempt.then((late) => late.close()).catch(() => {});
    const reasons = thrown instanceof AggregateError ? thrown.errors : [thrown];
    throw reasons.find((reason) => reason instanceof Failure) ?? noAnswer(target);
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer({ hosts, port }: Target): Failure {
  const why = `Nothing answers at ${hosts[0] ?? "this address"}, port ${port}. Is the server running there?`;
  return new Failure("no-answer", exitStatus.failed, why);
}

async function resolve(hosts: string[]): Promise<string[]> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      if (isIP(host) !== 0) return [host];
      const answers = await lookup(host, { all: true }).catch(() => []);
      return answers.map(({ address }) => address);
    }),
  );
  const addresses = [...new Set(found.flat())];
  if (addresses.length > 0) return addresses;
  throw new Failure(
    "no-such-host",
    exitStatus.failed,
    `There is no host called ${hosts.join(" or ")} on this network.`,
  );
}

/** Resolves when the connection can be used; rejects when it cannot. */
async function connectTo(address: string, port: number, tls: boolean): Promise<Link> {
  const ready = Promise.withResolvers<Link>();
  const notTls = new Failure(
    "not-tls",
    exitStatus.failed,
    "Something answers there, but not with TLS 1.3. A server started with --plaintext needs a client with --plaintext.",
  );
  const options = tls ? { tls: { rejectUnauthorized: false, minVersion: tls13 } } : {};
  await Bun.connect<SocketData>({
    hostname: address,
    port,
    ...options,
    socket: {
      open(socket) {
        socket.setNoDelay(true);
        const { link, data } = createLink(socket);
        socket.data = data;
        if (!tls) ready.resolve(link);
      },
      handshake(socket) {
        // Whether to trust the certificate is decided by its fingerprint, never by a certificate authority.
        const fingerprint = socket.getPeerCertificate()?.fingerprint256;
        if (typeof fingerprint !== "string") return ready.reject(notTls);
        const { link, data } = createLink(socket, Uint8Array.fromHex(fingerprint.replaceAll(":", "")));
        socket.data = data;
        ready.resolve(link);
      },
      data: (socket, chunk) => socket.data.data(chunk),
      drain: (socket) => socket.data.drain(),
      close(socket) {
        ready.reject(tls ? notTls : new Error("closed"));
        socket.data.closed();
      },
      error() {},
    },
  });
  return ready.promise;
}

/** What answers does not even begin with a frame: another kind of server, or one with TLS. */
function notHoller(isPlaintext: boolean): { code: string; message: string } {
  const message = isPlaintext
    ? "Something answers there, but not a Holler server without encryption. Leave --plaintext out for one with it."
    : "Something answers there, but it is not a Holler server.";
  return { code: "not-holler", message };
}

function createLink(socket: Socket, fingerprint?: Uint8Array): { link: Link; data: SocketData } {
  const outbox = createOutbox();
  const early: Uint8Array[] = [];
  let sink: LinkSink | undefined;
  let why: { code: string; message: string } | undefined;
  let isClosed = false;
  let isEnding = false;
  let isFull = false;
  let isHoller = false;

  const reader = createFrameReader(limits.serverBodyBytesMax, {
    frame(kind, body) {
      isHoller = true;
      if (kind === voiceKind) {
        const voice = decodeVoice(body);
        // The body is only lent; the frame goes on to another process.
        if (voice !== undefined) sink?.voice({ ...voice, payload: voice.payload.slice() });
        return;
      }
      const decoded = decodeServerMessage(kind, body);
      if (decoded.outcome === "error") return breakOff(refusal(decoded.code, { at: decoded.at }));
      if (decoded.outcome === "unknown") return;
      if (decoded.message.type === "goodbye") why = decoded.message;
      sink?.message(decoded.message);
    },
    error: (code) => breakOff(isHoller ? refusal(code) : notHoller(fingerprint === undefined)),
  });

  function breakOff(refused: { code: string; message: string }): void {
    why = refused;
    reader.stop();
    socket.terminate();
  }

  function flush(): void {
    if (isClosed || isFull) return;
    isFull = !outbox.flush((bytes) => socket.write(bytes), performance.now());
    if (isEnding && outbox.pending() === 0) socket.end();
  }

  function push(frame: Uint8Array, traffic: "text" | "voice"): void {
    if (!outbox.push(frame, traffic, performance.now())) return breakOff(refusal("too-slow"));
    flush();
  }

  const link: Link = {
    fingerprint,
    attach(owner) {
      sink = owner;
      for (const chunk of early.splice(0)) reader.push(chunk);
      if (isClosed) owner.closed(why);
    },
    send: (message) => push(encodeClientMessage(message), "text"),
    sendVoice: (frame) => push(encodeFrame(voiceKind, encodeVoice(frame)), "voice"),
    close() {
      isEnding = true;
      flush();
    },
  };
  const data: SocketData = {
    data: (chunk) => (sink === undefined ? void early.push(chunk) : reader.push(chunk)),
    drain() {
      isFull = false;
      flush();
    },
    closed() {
      isClosed = true;
      sink?.closed(why);
    },
  };
  return { link, data };
}

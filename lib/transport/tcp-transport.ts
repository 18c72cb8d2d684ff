/** The adapter for TCP and TLS sockets of Bun: the kernel takes a part of a write, and tells when it takes more. */
import { channelBindingOf, noChannelBinding } from "../protocol/channel-binding.ts";
import type { Transport, WriteResult } from "./transport.ts";

/** What the adapter needs of a socket of Bun. */
export interface TcpSocket {
  /** How many bytes the kernel took; below 0: none. */
  write(bytes: Uint8Array): number;
  shutdown(): void;
  terminate(): void;
  exportKeyingMaterial(length: number, label: string): unknown;
}

/** A transport over a socket whose TLS handshake may not be done yet. */
export interface TcpTransport extends Transport {
  /** The handshake is done. */
  secured(): void;
}

/** A transport over an open socket; with TLS, over one whose handshake is done once something was received. */
export function createTcpTransport(socket: TcpSocket, isTls: boolean): TcpTransport {
  return new BunTcpTransport(socket, isTls);
}

/** One for all writes: there are tens of thousands a second. */
const result: WriteResult = { accepted: 0, mayFollow: true };

/** A class, because a server has thousands: the functions are made once for all. */
class BunTcpTransport implements TcpTransport {
  isReady: boolean;
  private readonly socket: TcpSocket;
  private readonly isTls: boolean;

  constructor(socket: TcpSocket, isTls: boolean) {
    this.socket = socket;
    this.isTls = isTls;
    this.isReady = !isTls;
  }

  secured(): void {
    this.isReady = true;
  }

  write(bytes: Uint8Array): WriteResult {
    result.accepted = Math.max(0, this.socket.write(bytes));
    result.mayFollow = result.accepted === bytes.length;
    return result;
  }

  end(): void {
    // Not end(): on TLS it waits for the peer's answer, and terminate() then has no effect.
    this.socket.shutdown();
  }

  terminate(): void {
    this.socket.terminate();
  }

  channelBinding(): Uint8Array {
    return this.isTls ? channelBindingOf(this.socket) : noChannelBinding;
  }
}

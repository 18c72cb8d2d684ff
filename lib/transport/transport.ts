/** The channel below the frames, as both programs need it: TCP, TLS or a WebSocket, each behind an adapter. */

/**
 * One open channel of bytes, in order and without loss. Borders of writes and of messages mean nothing. The adapter
 * tells the owner when bytes arrive, when the channel takes bytes again (`drained`) and when it is closed.
 */
export interface Transport {
  /** False: nothing can reach the peer, because the TLS handshake is not done. Absent: always true. */
  readonly isReady?: boolean;
  /**
   * Offers bytes, which are valid only during the call. An adapter that queues what the network does not take copies
   * them, and accepts nothing more while its queue is not empty: waiting bytes belong in the outbox, which bounds them.
   */
  write(bytes: Uint8Array): WriteResult;
  /** Ends our side: nothing more is written. The channel closes when the peer ends its side, or by `terminate`. */
  end(): void;
  /** Closes at once. */
  terminate(): void;
  /** The channel binding (RFC 9266). Valid once the handshake is done, or something was received. */
  channelBinding(): Uint8Array;
}

/** The owner of a transport, as the adapter calls it. */
export interface TransportSink {
  /** Bytes of the peer, valid only during the call. */
  receive(chunk: Uint8Array): void;
  /** The transport accepts bytes again, after a write that was not followed by more. */
  drained(): void;
  /** The channel is closed, by either side. */
  closed(): void;
}

/** The outcome of one write, valid until the next one. */
export interface WriteResult {
  /** How many of the bytes were accepted, from the first one on: 0 to all. The rest is to be offered again. */
  accepted: number;
  /** Whether more is accepted now. False: only after `drained`. A TCP socket that takes a part takes no more. */
  mayFollow: boolean;
}

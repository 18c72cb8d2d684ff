/**
 * How often an address may try the passphrase. Pure: it is told the time.
 *
 * The contract:
 * 1. A try counts from its beginning, because whoever tries learns the outcome from the first answer; one that turns out
 *    right is taken back.
 * 2. An address has `passphraseTriesMax` tries, and one of those that count is forgotten every `passphraseTryEveryMs`.
 * 3. The answer to a try waits the longer, the more of them count already.
 * 4. An IPv6 address counts by its first 64 bits, as at the door.
 * 5. Of addresses beyond `addressesMax`, the one that tried longest ago is forgotten.
 */
import { limits } from "../protocol/limits.ts";
import { networkOf } from "./door.ts";

export type Try = { outcome: "go"; delayMs: number } | { outcome: "refused"; seconds: number };

export interface Tries {
  /** Somebody at this address tries. */
  begin(address: string, nowMs: number): Try;
  /** The try was right. */
  succeeded(address: string): void;
}

const addressesMax = 10_000;

/** Nobody has tried yet. */
export function createTries(): Tries {
  /** When the last counted try of an address will be forgotten; the one that tried longest ago first. */
  const forgottenAtMs = new Map<string, number>();

  function remember(network: string, untilMs: number): void {
    forgottenAtMs.delete(network);
    forgottenAtMs.set(network, untilMs);
    const [oldest] = forgottenAtMs.keys();
    if (oldest !== undefined && forgottenAtMs.size > addressesMax) forgottenAtMs.delete(oldest);
  }

  return {
    begin(address, nowMs) {
      const network = networkOf(address);
      const untilMs = Math.max(forgottenAtMs.get(network) ?? nowMs, nowMs);
      const counted = Math.ceil((untilMs - nowMs) / limits.passphraseTryEveryMs);
      if (counted >= limits.passphraseTriesMax) {
        const waitMs = untilMs - nowMs - (limits.passphraseTriesMax - 1) * limits.passphraseTryEveryMs;
        return { outcome: "refused", seconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
      }
      remember(network, untilMs + limits.passphraseTryEveryMs);
      const delayMs = counted === 0 ? 0 : limits.passphraseDelayMs * 2 ** (counted - 1);
      return { outcome: "go", delayMs: Math.min(delayMs, limits.passphraseDelayMsMax) };
    },
    succeeded(address) {
      const network = networkOf(address);
      const untilMs = forgottenAtMs.get(network);
      if (untilMs !== undefined) forgottenAtMs.set(network, untilMs - limits.passphraseTryEveryMs);
    },
  };
}

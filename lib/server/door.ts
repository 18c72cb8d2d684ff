/**
 * Which connections are let in to begin with, before TLS costs anything. Pure: it is told the time.
 *
 * The contract:
 * 1. An address may connect so many times a second on average, and so many at once. IPv6 counts by its first 64 bits,
 *    which is what one machine commonly has.
 * 2. There are at most `connectionsMax` connections in all.
 * 3. The server's own machine is let in always.
 * 4. What is remembered is bounded: of more addresses, the one that came longest ago is forgotten.
 */
import { limits } from "../protocol/limits.ts";

export type Answer = "in" | "too-often" | "too-many";

export interface Door {
  /** Somebody connects; `in`: the connection counts until `left`. */
  knock(address: string, isLocal: boolean, nowMs: number): Answer;
  left(): void;
  /** Whether it is time to say that somebody was refused: now and then is often enough. */
  isNews(nowMs: number): boolean;
}

const addressesMax = 10_000;
const newsEveryMs = 60_000;

/** Nobody has come yet. */
export function createDoor(connectionsMax: number): Door {
  /** When all handshakes of an address will be made up for, as in `room/rate-limit.ts`; who came longest ago first. */
  const madeUpForMs = new Map<string, number>();
  let connections = 0;
  let newsFromMs = Number.NEGATIVE_INFINITY;

  function isTooOften(address: string, nowMs: number): boolean {
    const network = networkOf(address);
    const fromMs = Math.max(madeUpForMs.get(network) ?? nowMs, nowMs);
    const untilMs = fromMs + 1_000 / limits.handshakesPerSecond;
    if (untilMs - nowMs > (limits.handshakesBurst * 1_000) / limits.handshakesPerSecond) return true;
    madeUpForMs.delete(network);
    madeUpForMs.set(network, untilMs);
    const [longestAgo] = madeUpForMs.keys();
    if (longestAgo !== undefined && madeUpForMs.size > addressesMax) madeUpForMs.delete(longestAgo);
    return false;
  }

  return {
    knock(address, isLocal, nowMs) {
      if (!isLocal && isTooOften(address, nowMs)) return "too-often";
      if (!isLocal && connections >= connectionsMax) return "too-many";
      connections += 1;
      return "in";
    },
    left() {
      connections -= 1;
    },
    isNews(nowMs) {
      if (nowMs < newsFromMs) return false;
      newsFromMs = nowMs + newsEveryMs;
      return true;
    },
  };
}

/** The first four groups of an IPv6 address; an IPv4 address whole. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const missing =
    tail === undefined ? 0 : 8 - groups.length - tail.split(":").filter((group) => group !== "").length;
  return [...groups, ...Array<string>(missing).fill("0"), ...(tail ?? "").split(":")].slice(0, 4).join(":");
}

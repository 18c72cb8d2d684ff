/** The contract of the heartbeat, by its numbers, for both sides. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import { checkEveryMs, createHeartbeat } from "../../lib/transport/heartbeat.ts";

const sides = [
  ["client", limits.pingAfterMs],
  ["server", limits.pingAfterMs + 2_000],
] as const;

describe.each(sides)("the heartbeat of the %s", (_, pingAfterMs) => {
  const create = (peerAnswersPings: boolean) => createHeartbeat({ pingAfterMs, peerAnswersPings }, 0);

  test("leaves a peer alone from which something is received", () => {
    const heartbeat = create(true);
    for (let nowMs = 1_000; nowMs < 60_000; nowMs += 1_000) {
      expect(heartbeat.check(nowMs)).toBe("nothing");
      heartbeat.received(nowMs);
    }
  });

  test("pings a silent peer once for each silence (1)", () => {
    const heartbeat = create(false);
    expect(heartbeat.check(pingAfterMs - 1)).toBe("nothing");
    expect(heartbeat.check(pingAfterMs)).toBe("ping");
    expect(heartbeat.check(pingAfterMs + 1_000)).toBe("nothing");
    heartbeat.received(pingAfterMs + 1_500);
    expect(heartbeat.check(2 * pingAfterMs)).toBe("nothing");
    expect(heartbeat.check(2 * pingAfterMs + 1_500)).toBe("ping");
  });

  test("finds a peer lost that answers pings and stays silent, within the promised time (2)", () => {
    const heartbeat = create(false);
    heartbeat.peerAnswersPings();
    let nowMs = 0;
    while (heartbeat.check(nowMs) !== "lost") nowMs += checkEveryMs;
    expect(nowMs).toBe(limits.lostAfterMs);
    expect(nowMs + checkEveryMs).toBeLessThan(15_000);
  });

  test("never finds a peer lost that may not know pings (2)", () => {
    const heartbeat = create(false);
    heartbeat.check(pingAfterMs);
    expect(heartbeat.check(1_000_000)).toBe("nothing");
  });

  test("waits as long as ever for the answer after its own machine slept (3)", () => {
    for (const pingedMs of [undefined, pingAfterMs]) {
      const heartbeat = create(true);
      if (pingedMs !== undefined) expect(heartbeat.check(pingedMs)).toBe("ping");
      const awakeMs = 3_600_000;
      expect(heartbeat.check(awakeMs)).toBe(pingedMs === undefined ? "ping" : "nothing");
      heartbeat.received(awakeMs + 10);
      expect(heartbeat.check(awakeMs + checkEveryMs)).toBe("nothing");
    }
  });
});

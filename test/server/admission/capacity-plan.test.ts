/** How the descriptors of a process are shared among people, pending connections and everything else. */
import { expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { freeFor, planCapacity } from "../../../lib/server/admission/capacity-plan.ts";

const unlimited = { max: Number.POSITIVE_INFINITY, open: 20 };
const everyone = 500 + 2 * limits.pendingConnectionsMax;

test("without a limit there is room for everyone, all pending connections, and as many that are being closed (1)", () => {
  const pendingMax = limits.pendingConnectionsMax;
  const whole = { clientsMax: 500, pendingMax, connectionsMax: everyone };
  expect(planCapacity(500, unlimited)).toEqual(whole);
  expect(planCapacity(500, { max: 1_048_576, open: 20 })).toEqual(whole);
});

test("with 1,024 descriptors, the usual room keeps its size, and fewer connections are pending (3)", () => {
  expect(planCapacity(500, { max: 1_024, open: 20 })).toEqual({
    clientsMax: 500,
    pendingMax: 220,
    connectionsMax: 940,
  });
});

test("with few descriptors, there is room for fewer people, and some connections may still be pending (3)", () => {
  expect(planCapacity(1_000, { max: 1_024, open: 20 })).toEqual({
    clientsMax: 628,
    pendingMax: 156,
    connectionsMax: 940,
  });
  expect(planCapacity(500, { max: 60, open: 14 })).toEqual({
    clientsMax: 20,
    pendingMax: 5,
    connectionsMax: 30,
  });
});

test("all three kinds of connections together never need more descriptors than are free (2)", () => {
  for (let max = 16; max < 3_000; max += 1)
    for (const clientsMax of [1, 8, 500, 10_000]) {
      const descriptors = { max, open: 14 };
      const plan = planCapacity(clientsMax, descriptors);
      if (plan === undefined) continue;
      expect(plan.clientsMax).toBeGreaterThanOrEqual(1);
      expect(plan.clientsMax).toBeLessThanOrEqual(clientsMax);
      expect(plan.pendingMax).toBeGreaterThanOrEqual(1);
      expect(plan.clientsMax + 2 * plan.pendingMax).toBeLessThanOrEqual(plan.connectionsMax);
      expect(plan.connectionsMax).toBeLessThanOrEqual(max - 14 - 16);
    }
});

test("too few descriptors for a server are no plan, and leave room for no more connections", () => {
  expect(planCapacity(1, { max: 37, open: 14 })).toBeUndefined();
  expect(planCapacity(1, { max: 38, open: 14 })).toBeDefined();
  expect(freeFor({ max: 20, open: 14 })).toBe(0);
});

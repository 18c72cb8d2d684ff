/**
 * Carried-over debt: a new connection does not reset the rate limits of its user.
 *
 * The contract:
 * 1. All joined and detached sessions of one key share one usage.
 * 2. The unpaid debt of a session that is over passes to the next connection with the same key; else to the next one
 *    from the same address whose key has no debt, or which has no key. So there are never more debts than there were
 *    sessions at once, and many users behind one address do not share one debt.
 * 3. On the server's own machine debt passes by the key alone.
 * 4. Debts are bounded: beyond `debtsMax` the oldest is forgotten.
 */
import type { Now } from "../../base/now.ts";
import type { Origin, PublicKey } from "./identity.ts";
import type { Usage } from "./rate-limit.ts";
import { createUsage, isPaid } from "./rate-limit.ts";
import type { Session, SessionTable } from "./state.ts";
import { sessionsOf } from "./state.ts";

const debtsMax = 1_000;

/** The usage of a new session: that of its key, a carried-over debt, or none. */
export function takeUsage(
  table: SessionTable,
  origin: Origin,
  publicKey: PublicKey | undefined,
  now: Now,
): Usage {
  const { carriedDebts } = table;
  const [other] = sessionsOf(table, publicKey);
  if (other !== undefined) return other.usage;
  for (const debt of carriedDebts) if (isPaid(debt.usage, now.monotonicMs)) carriedDebts.delete(debt);
  const all = [...carriedDebts];
  const found =
    all.find((debt) => publicKey !== undefined && debt.publicKey === publicKey) ??
    all.find((debt) => !origin.isLocal && debt.address === origin.address);
  if (found !== undefined) carriedDebts.delete(found);
  return found?.usage ?? createUsage();
}

/** Keeps the debt of a session that is over, unless another session of its key has it. */
export function carryDebt(table: SessionTable, { publicKey, origin, usage }: Session): void {
  const { carriedDebts } = table;
  if (sessionsOf(table, publicKey).length > 0) return;
  carriedDebts.add({ usage, publicKey, address: origin.isLocal ? undefined : origin.address });
  const [oldest] = carriedDebts;
  if (oldest !== undefined && carriedDebts.size > debtsMax) carriedDebts.delete(oldest);
}

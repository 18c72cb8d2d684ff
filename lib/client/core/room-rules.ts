/** The rules that hold for us in the room: a welcome brings all of them, a moderation action changes one. */

import type { ServerMessageOf } from "../../protocol/messages.ts";
import type { ClientEvent, RuleMarks } from "../api.ts";

/** A moderation action, as front ends are told of it. */
export type Moderated = Extract<ClientEvent, { type: "moderated" }>;

export interface RoomRules {
  /** We are an operator. */
  readonly isOperator: boolean;
  /** No new person may come in. */
  readonly isLocked: boolean;
  /** Only operators may speak. */
  readonly isModerated: boolean;
}

/** The rules before the first welcome. */
export const noRules: RoomRules = { isOperator: false, isLocked: false, isModerated: false };

export function rulesOf({ operator, locked, announce }: ServerMessageOf<"welcome">): RoomRules {
  return { isOperator: operator === true, isLocked: locked === true, isModerated: announce === true };
}

/** The rules as properties of the `welcome` event: those that hold. */
export function ruleMarks({ isOperator, isLocked, isModerated }: RoomRules): RuleMarks {
  return {
    ...(isOperator ? { operator: true } : {}),
    ...(isLocked ? { locked: true } : {}),
    ...(isModerated ? { announce: true } : {}),
  };
}

/** The moderation actions, as events, that lead from one state of the rules to another; `you` is our name. */
export function ruleChanges(before: RoomRules, after: RoomRules, you: string): Moderated[] {
  const changes: Moderated[] = [];
  if (before.isOperator !== after.isOperator)
    changes.push({ type: "moderated", action: after.isOperator ? "op" : "deop", name: you });
  if (before.isLocked !== after.isLocked)
    changes.push({ type: "moderated", action: "lock", on: after.isLocked });
  if (before.isModerated !== after.isModerated)
    changes.push({ type: "moderated", action: "announce", on: after.isModerated });
  return changes;
}

/** The rules after a moderation action; `you` is our name. */
export function rulesAfter(
  rules: RoomRules,
  { action, name, on = false }: Moderated,
  you: string,
): RoomRules {
  switch (action) {
    case "op":
    case "deop":
      return name === you ? { ...rules, isOperator: action === "op" } : rules;
    case "lock":
      return { ...rules, isLocked: on };
    case "announce":
      return { ...rules, isModerated: on };
    default:
      return rules;
  }
}

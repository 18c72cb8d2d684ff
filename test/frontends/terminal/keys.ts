/** Key presses for the tests, written as text. */
import type { Key } from "../../../lib/terminal/keys.ts";

/** `ctrl-a`, `meta-b` and `left` are those keys; any other text is typed. */
export function key(what: string): Key {
  const [, modifier = "", name = ""] = /^(ctrl-|meta-)?([a-z]+)$/.exec(what) ?? [];
  const named = /^(left|right|up|down|home|end|backspace|delete|tab|return|escape)$/.test(name);
  if (modifier === "" && !named) return { name: "", text: what, ctrl: false, meta: false };
  return { name, text: "", ctrl: modifier === "ctrl-", meta: modifier === "meta-" };
}

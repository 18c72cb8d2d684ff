/** All that is fuzzed. */
import { chat } from "./chat.ts";
import { commands, typed } from "./commands.ts";
import { frames } from "./frames.ts";
import { pages, search } from "./history.ts";
import { keys } from "./keys.ts";
import { lines } from "./lines.ts";
import { fromClients, fromServers } from "./messages.ts";
import { outbox } from "./outbox.ts";
import { records } from "./records.ts";
import { room } from "./room.ts";
import type { Fuzzer } from "./target.ts";
import { terminalInput } from "./terminal-input.ts";
import { text } from "./text.ts";
import { voice } from "./voice.ts";

export const targets: Fuzzer[] = [
  frames,
  fromClients,
  fromServers,
  voice,
  outbox,
  room,
  pages,
  search,
  records,
  text,
  chat,
  commands,
  typed,
  terminalInput,
  keys,
  lines,
];

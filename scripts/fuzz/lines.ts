/** Lines on the screen: every event is shown in rows that fit, without control sequences. */
import type { ClientEvent } from "../../lib/client/api.ts";
import { chooseStyle } from "../../lib/frontends/text/style.ts";
import { createView } from "../../lib/frontends/text/view.ts";
import { hostileEvents } from "../../test/support/hostile-events.ts";
import { demand, fuzzer } from "./target.ts";
import { acts } from "./text.ts";
import { anyName, anyText } from "./texts.ts";

interface Case {
  event: ClientEvent;
  columns: number;
}

const style = chooseStyle({ TERM: "xterm-256color" }, { terminal: true, plain: false });
const width = Bun.stringWidth;
const kinds = [...new Set(hostileEvents("x").map(({ type: event }) => event))];
/** Colours are ours; a text has none. */
const colours = /\x1b\[[\d;]*m/g;

export const lines = fuzzer<Case>({
  name: "lines",
  wanted: kinds,
  make(random) {
    const events = hostileEvents(random.chance(0.3) ? anyName(random) : anyText(random));
    const event = events[random.below(events.length)] ?? { type: "connection", state: "lost" };
    return { event, columns: random.pick([80, 9 + random.below(200), 1 + random.below(20)]) };
  },
  check({ event, columns }, seen) {
    const view = createView({ style, width, columns: () => columns, times: true });
    view.event({ type: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 });
    seen(event.type);
    for (const [index, row] of view.event(event).entries()) {
      const plain = row.replace(colours, "");
      demand(!acts.test(plain), "nothing in it acts", row);
      demand(
        width(plain) <= Math.max(columns - 1, 10),
        "fits the columns",
        index,
        plain,
        width(plain),
        columns,
      );
    }
  },
});

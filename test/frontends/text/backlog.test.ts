/** What waits for a screen that takes nothing. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import { backlogEventsMax, createBacklog } from "../../../lib/frontends/text/backlog.ts";

const said = (id: number): ClientEvent => ({ type: "said", id, from: "bob", text: `${id}`, at: "" });
const joined: ClientEvent = { type: "joined", name: "carol" };

function fill(events: ClientEvent[]) {
  const backlog = createBacklog({
    omitted: ({ count, before }) => [`${count} left out before ${before}`],
    repeated: ({ code, text }, times) => [`${code} ${times} times, last: ${text}`],
  });
  let rendered = 0;
  for (const event of events) {
    backlog.add({
      event,
      render() {
        rendered += 1;
        return "id" in event ? [`line ${event.id}`] : ["", event.type];
      },
    });
  }
  return { backlog, rendered: () => rendered };
}

describe("a backlog", () => {
  test("returns the text of all that waits in order, and then nothing", () => {
    const { backlog } = fill([said(1), joined, said(2)]);
    expect(backlog.take()).toEqual(["line 1", "", "joined", "line 2"]);
    expect(backlog.take()).toEqual([]);
  });

  test("leaves out the oldest events past its bound, counts them, and renders none of them", () => {
    const { backlog, rendered } = fill([
      said(1),
      joined,
      said(3),
      ...Array.from({ length: backlogEventsMax }, (_, index) => said(index + 4)),
    ]);
    const lines = backlog.take();
    expect(lines).toHaveLength(backlogEventsMax + 1);
    expect(lines.slice(0, 2)).toEqual(["3 left out before 4", "line 4"]);
    expect(rendered()).toBe(backlogEventsMax);
    expect(backlog.take()).toEqual([]);
  });

  test("says no id when no line is left after the omission", () => {
    const { backlog } = fill([said(1), ...Array.from({ length: backlogEventsMax }, () => joined)]);
    expect(backlog.take()[0]).toBe("1 left out before undefined");
  });

  test("keeps what is no event, such as an answer to a command", () => {
    const { backlog } = fill([]);
    backlog.add({ render: () => ["help"] });
    for (let id = 1; id <= backlogEventsMax + 1; id += 1)
      backlog.add({ event: said(id), render: () => [`line ${id}`] });
    expect(backlog.take().slice(0, 3)).toEqual(["1 left out before 2", "help", "line 2"]);
  });

  test("tells refusals of lines that follow each other once, and keeps all others", () => {
    const refused = (code: string, text?: string): ClientEvent => ({
      type: "error",
      code,
      message: "No.",
      ...(text === undefined ? {} : { text }),
    });
    const { backlog } = fill([
      refused("silenced", "a"),
      refused("silenced", "b"),
      refused("silenced", "c"),
      refused("not-saved", "d"),
      said(1),
      refused("silenced", "e"),
      refused("name-taken"),
      refused("name-taken"),
    ]);
    expect(backlog.take().filter((line) => line !== "")).toEqual([
      "silenced 3 times, last: c",
      "error",
      "line 1",
      "error",
      "error",
      "error",
    ]);
  });
});

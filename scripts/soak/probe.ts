/**
 * Measures, in a thread of its own so that the population does not make it late, how long a line takes: two people, one of
 * whom whispers to the other ten times a second. Such a line takes every step of a public one, but for the population.
 */
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import { protocolVersion } from "../../lib/protocol/messages.ts";
import { type Connection, openConnection } from "./connection.ts";

declare const self: Worker;

const everyMs = 100;
const sentAt = new Map<string, number>();

async function comeIn(
  port: number,
  name: string,
  hear: (message: ServerMessage) => void,
): Promise<Connection> {
  const welcomed = Promise.withResolvers<void>();
  const connection = await openConnection(
    port,
    { from: "127.240.0.1" },
    {
      message(message) {
        if (message.type === "welcome") welcomed.resolve();
        hear(message);
      },
      closed: () => self.postMessage("closed"),
    },
  );
  connection.send({ type: "hello", protocol: protocolVersion, name, voice: false });
  await welcomed.promise;
  return connection;
}

function arrive(message: ServerMessage): void {
  if (message.type !== "whispered") return;
  const at = sentAt.get(message.text);
  sentAt.delete(message.text);
  if (at !== undefined) self.postMessage(performance.now() - at);
}

self.onmessage = async ({ data: port }: MessageEvent<number>) => {
  await comeIn(port, "probe-ear", arrive);
  const mouth = await comeIn(port, "probe-mouth", () => {});
  let count = 0;
  setInterval(() => {
    count += 1;
    const text = `tick ${count}`;
    sentAt.set(text, performance.now());
    mouth.send({ type: "whisper", to: "probe-ear", text, ref: text });
  }, everyMs);
};

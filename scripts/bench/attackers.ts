/** `bun attackers.ts PORT`: hostile connections until its input ends. Prints `ready` when all of them are open. */
import { connect } from "node:tls";
import { encodeClientMessage, protocolVersion } from "../../lib/protocol/messages.ts";

const silentCount = 1_000;
const garbageCount = 1_000;
const deafCount = 200;
/** A closed connection is opened again after this time. */
const againMs = 1_000;

const port = Number(process.argv[2]);
let arrived = 0;
const { promise: ready, resolve } = Promise.withResolvers<void>();

function attack(act: (socket: ReturnType<typeof connect>) => void): void {
  let isCounted = false;
  const come = (): void => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      act(socket);
      if (!isCounted && ++arrived === silentCount + garbageCount + deafCount) resolve();
      isCounted = true;
    });
    socket.on("error", () => {});
    socket.on("close", () => setTimeout(come, againMs));
  };
  come();
}

for (let count = 0; count < deafCount; count += 1)
  attack((socket) => {
    socket.pause();
    socket.write(
      encodeClientMessage({ type: "hello", protocol: protocolVersion, name: `deaf-${count}`, voice: true }),
    );
  });
for (let count = 0; count < silentCount; count += 1) attack((socket) => socket.resume());
for (let count = 0; count < garbageCount; count += 1)
  attack((socket) => {
    socket.resume();
    socket.write(crypto.getRandomValues(new Uint8Array(512)));
  });

await ready;
console.log("ready");
process.stdin.on("end", () => process.exit(0)).resume();

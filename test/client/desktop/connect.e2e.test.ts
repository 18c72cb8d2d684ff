/** Coming to a server over real sockets: who is taken, and that nothing stays open of all other attempts. */
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { connect } from "../../../lib/client/desktop/connect.ts";

const opened: Bun.TCPSocketListener<undefined>[] = [];
afterEach(() => {
  for (const listener of opened.splice(0)) listener.stop(true);
});

/** Takes connections and says nothing; `closed` settles when the given number of them has come and gone. */
function listen(hostname: string, port = 0) {
  const gone = Promise.withResolvers<void>();
  const listener = Bun.listen<undefined>({
    hostname,
    port,
    socket: { data() {}, close: () => gone.resolve() },
  });
  opened.push(listener);
  return { port: listener.port, gone: gone.promise };
}

test("the first address that answers is taken, and the others are let go", async () => {
  const first = listen("127.0.0.1");
  const second = listen("127.0.0.2", first.port);
  const link = await connect({ hosts: ["127.0.0.1", "127.0.0.2"], port: first.port, tls: false });
  await Promise.race([first.gone, second.gone]);
  link.close();
  await Promise.all([first.gone, second.gone]);
});

test("an address that never finishes the handshake is given up, and its socket closed", async () => {
  const silent = listen("127.0.0.1");
  const trying = connect({ hosts: ["127.0.0.1"], port: silent.port, tls: true }, 100);
  await expect(trying).rejects.toMatchObject({ code: "no-answer" });
  await silent.gone;
});

test.each([
  ["closes the connection at once", undefined, "closed-at-once"],
  ["answers without TLS", "hello\n", "not-tls"],
])("a server that %s gets a code of its own", async (_, answer, code) => {
  const listener = Bun.listen<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        if (answer === undefined) socket.terminate();
      },
      data(socket) {
        socket.end(answer);
      },
    },
  });
  opened.push(listener);
  const trying = connect({ hosts: ["127.0.0.1"], port: listener.port, tls: true });
  await expect(trying).rejects.toMatchObject({ code });
});

test("a client without file descriptors says so, and not that the server is missing", async () => {
  const { port } = listen("127.0.0.1");
  const script = `
    import { openSync } from "node:fs";
    import { connect } from ${JSON.stringify(join(import.meta.dir, "../../../lib/client/desktop/connect.ts"))};
    try { for (;;) openSync("/dev/null", "r"); } catch {}
    for (const hosts of [["127.0.0.1"], ["lab.invalid"]])
      await connect({ hosts, port: ${port}, tls: false }).catch(({ code }) => console.log(code));
  `;
  const limited = ["sh", "-c", 'ulimit -n 64 && exec "$0" -e "$1"', process.execPath, script];
  const child = Bun.spawn(limited, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  expect(await child.stdout.text()).toBe("too-many-files\ntoo-many-files\n");
});

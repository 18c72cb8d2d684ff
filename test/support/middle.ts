/** A man in the middle: accepts TLS connections with a certificate of its own, and relays everything to the real server. */
import { generate } from "selfsigned";

export interface Middle extends Disposable {
  port: number;
  /** Everything that came through, both ways, as one text. */
  heard(): string;
}

interface End {
  other?: Bun.Socket<End>;
  /** What came before the other end was there. */
  early: Uint8Array[];
}

/** Relays to this port of this machine, and records the bytes. */
export async function standInTheMiddle(serverPort: number): Promise<Middle> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "middle" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
  });
  const heard: Uint8Array[] = [];

  function pass(to: Bun.Socket<End> | undefined, early: Uint8Array[], bytes: Uint8Array): void {
    const copy = new Uint8Array(bytes);
    heard.push(copy);
    if (to === undefined) early.push(copy);
    else to.write(copy);
  }

  const listener = Bun.listen<End>({
    hostname: "127.0.0.1",
    port: 0,
    tls: { key, cert },
    socket: {
      open(client) {
        client.data = { early: [] };
        Bun.connect<End>({
          hostname: "127.0.0.1",
          port: serverPort,
          tls: { rejectUnauthorized: false },
          data: { other: client, early: [] },
          socket: {
            handshake(server) {
              client.data.other = server;
              for (const bytes of client.data.early) server.write(bytes);
            },
            data: (server, bytes) => pass(server.data.other, server.data.early, bytes),
            close: () => void client.end(),
            error() {},
          },
        }).catch(() => client.end());
      },
      data: (client, bytes) => pass(client.data.other, client.data.early, bytes),
      close: (client) => void client.data.other?.end(),
      error() {},
    },
  });
  return {
    port: listener.port,
    heard: () => heard.map((bytes) => new TextDecoder().decode(bytes)).join(""),
    [Symbol.dispose]: () => listener.stop(true),
  };
}

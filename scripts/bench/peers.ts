/**
 * Real servers, when this machine has them: each started on the loopback interface with a configuration of its own in a
 * temporary folder, every limit on its clients taken off, and loaded like the others.
 */
import { mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Speech, Step } from "./load.ts";
import { serverCore, startPinned } from "./pinned.ts";
import { line, type Started, type Subject, started } from "./subjects.ts";

interface Peer {
  name: string;
  /** The system's package, and the program in it. */
  package: string;
  program: string;
  tls?: boolean;
  config?(port: number, folder: string): string;
  /** Its arguments; `config` is where the configuration was written. */
  args(port: number, config: string, folder: string): string[];
  greeting: Speech["greeting"];
  message: Speech["message"];
}

const connectionsMax = 12_000;
const startsWithinMs = 20_000;

const peers: Peer[] = [
  {
    name: "redis",
    package: "redis-server",
    program: "redis-server",
    config: (port, folder) =>
      `bind 127.0.0.1\nport ${port}\ndir ${folder}\nsave ""\nappendonly no\nmaxclients ${connectionsMax}\n` +
      "client-output-buffer-limit pubsub 0 0 0\n",
    args: (_, config) => [config],
    greeting: (_, role) =>
      role === "sender"
        ? [{ send: "PING\r\n", expect: "PONG" }]
        : [{ send: "SUBSCRIBE room\r\n", expect: "subscribe" }],
    message: `*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n$${line.length}\r\n${line}\r\n`,
  },
  {
    name: "nats-server",
    package: "nats-server",
    program: "nats-server",
    config: (port) =>
      `host: 127.0.0.1\nport: ${port}\nping_interval: "10m"\nmax_connections: ${connectionsMax}\n`,
    args: (_, config) => ["-c", config],
    greeting: (_, role) => [
      {
        send: `CONNECT {"verbose":false,"pedantic":false}\r\n${role === "sender" ? "" : "SUB room 1\r\n"}PING\r\n`,
        expect: "PONG",
      },
    ],
    message: `PUB room ${line.length}\r\n${line}\r\n`,
  },
  {
    name: "mosquitto",
    package: "mosquitto",
    program: "mosquitto",
    config: (port) =>
      `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 0\n` +
      "user root\nlog_type none\n",
    args: (_, config) => ["-c", config],
    greeting: mqttGreeting,
    message: mqtt(0x30, mqttString("room"), bytesOf(line)),
  },
  {
    name: "ngircd",
    package: "ngircd",
    program: "ngircd",
    config: (port) =>
      `[Global]\nName = irc.example.net\nInfo = bench\nListen = 127.0.0.1\nPorts = ${port}\n` +
      "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 3600\n" +
      "[Options]\nDNS = no\nIdent = no\nPAM = no\n",
    args: (_, config) => ["--nodaemon", "--config", config],
    greeting: ircGreeting,
    message: `PRIVMSG #room :${line}\r\n`,
  },
  {
    name: "inspircd",
    package: "inspircd",
    program: "inspircd",
    config: (port, folder) =>
      `<server name="irc.example.net" description="bench" network="bench">\n` +
      `<admin name="bench" nick="bench" email="bench@example.net">\n<pid file="${folder}/pid">\n` +
      `<bind address="127.0.0.1" port="${port}" type="clients">\n` +
      `<connect name="all" allow="*" pingfreq="3600" timeout="60" localmax="${connectionsMax}" globalmax="${connectionsMax}"` +
      ` limit="${connectionsMax}" resolvehostnames="no" fakelag="off" commandrate="1000000000" threshold="1000000"` +
      ` recvq="1048576" softsendq="104857600" hardsendq="104857600">\n` +
      `<performance softlimit="${connectionsMax}" netbuffersize="65534" somaxconn="1024">\n`,
    args: (_, config) => ["--nofork", "--runasroot", "--config", config],
    greeting: ircGreeting,
    message: `PRIVMSG #room :${line}\r\n`,
  },
  {
    name: "Mumble server, TLS",
    package: "mumble-server",
    program: "murmurd",
    tls: true,
    config: (port, folder) =>
      `host=127.0.0.1\nport=${port}\ndatabase=${folder}/mumble.sqlite\nlogfile=\nusers=${connectionsMax}\nice=\n` +
      "welcometext=readyforyou\nmessagelimit=1000000\nmessageburst=1000000\nautobanAttempts=0\ntimeout=3600\nuname=root\n",
    args: (_, config) => ["-fg", "-ini", config],
    greeting: (index) => [{ send: mumbleGreeting(index), expect: "readyforyou" }],
    message: mumble(11, [0x18, 0, 0x2a, ...varint(line.length), ...bytesOf(line)]),
  },
];

/** Those that are installed; says how to install the others. */
export function findPeers(): Subject[] {
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
  const found: Subject[] = [];
  for (const peer of peers) {
    const program = Bun.which(peer.program, { PATH: path });
    if (program === null) console.error(`${peer.name} is not here (apt install ${peer.package}).`);
    else found.push(subjectOf(peer, program));
  }
  return found;
}

function subjectOf(peer: Peer, program: string): Subject {
  const { greeting, message, tls = false } = peer;
  return {
    name: peer.name,
    tls,
    start: () => start(peer, program),
    text: { wire: "stamps", greeting, message },
  };
}

async function start(peer: Peer, program: string): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), "holler-bench-"));
  const port = freePort();
  const config = join(folder, "config");
  await Bun.write(config, peer.config?.(port, folder) ?? "");
  const child = startPinned([program, ...peer.args(port, config, folder)], serverCore, { errors: "ignore" });
  const server = started(child, folder, port, peer.tls ?? false);
  try {
    await listens(port);
    return server;
  } catch (thrown) {
    await server[Symbol.asyncDispose]();
    throw thrown;
  }
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  probe.stop();
  return probe.port;
}

async function listens(port: number): Promise<void> {
  const giveUpAt = performance.now() + startsWithinMs;
  while (performance.now() < giveUpAt) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      void socket.on("connect", () => socket.destroy());
    });
    if (isThere) return;
    await Bun.sleep(20);
  }
  throw new Error("it did not start");
}

function ircGreeting(index: number): Step[] {
  const name = `p${index}`;
  return [
    { send: `NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`, expect: " 001 " },
    { send: "JOIN #room\r\n", expect: " 366 " },
  ];
}

/** CONNECT and SUBSCRIBE of MQTT 3.1.1, everything at most once. */
function mqttGreeting(index: number, role: "sender" | "receiver"): Step[] {
  const hello = mqtt(0x10, mqttString("MQTT"), [4, 2, 0, 0], mqttString(`p${index}`));
  const come: Step = { send: hello, expect: "\x20\x02\x00\x00" };
  if (role === "sender") return [come];
  return [come, { send: mqtt(0x82, [0, 1], mqttString("room"), [0]), expect: "\x03\x00\x01\x00" }];
}

function mqtt(kind: number, ...parts: Iterable<number>[]): Uint8Array {
  const body = parts.flatMap((part) => [...part]);
  return Uint8Array.from([kind, ...varint(body.length), ...body]);
}

function mqttString(text: string): number[] {
  return [0, text.length, ...bytesOf(text)];
}

/** Version and Authenticate. */
function mumbleGreeting(index: number): Uint8Array {
  const name = bytesOf(`p${index}`);
  const version = mumble(0, [0x08, ...varint(0x01_03_04)]);
  return Uint8Array.from([...version, ...mumble(2, [0x0a, name.length, ...name, 0x28, 1])]);
}

/** A message of this type, its body protobuf. */
function mumble(type: number, body: number[]): Uint8Array {
  return Uint8Array.from([0, type, 0, 0, body.length >> 8, body.length & 255, ...body]);
}

/** Seven bits a byte, the lowest first: both protocols write numbers so. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

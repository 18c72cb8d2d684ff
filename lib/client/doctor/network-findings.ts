/** Judges how rooms are found: the machine's networks, multicast on them, and what was announced. Pure. */
import type { NetworkInterface } from "../../discovery/interfaces.ts";
import type { MulticastProbe } from "../../discovery/probe.ts";
import type { Announcement } from "../../discovery/record.ts";
import { nameKey } from "../../protocol/text.ts";
import type { Finding } from "./finding.ts";

/** What is looked for: one server, the rooms of one name, or all. */
export interface Look {
  server?: { host: string; port: number };
  room?: string;
  /** Rooms without TLS instead of those with it. */
  plaintext: boolean;
}

/** A flood of invented rooms must not keep anybody waiting. */
export const roomsMax = 8;

/** Which networks this machine is on. A server that was named may be this machine itself. */
export function judgeNetworks(interfaces: NetworkInterface[], { server }: Look): Finding {
  const outside = interfaces.filter(({ internal }) => !internal);
  const shown = outside.map(({ name, addresses }) => `${name} ${addresses.join(" ")}`).join(", ");
  const message =
    outside.length > 0
      ? `Network: ${shown}`
      : "This machine has no IPv4 address on any network: plug in the cable or join the Wi-Fi.";
  const figures = { interfaces: outside.map(({ name, addresses }) => ({ name, addresses })) };
  return { check: "network", ok: outside.length > 0 || server !== undefined, message, figures };
}

/** Whether multicast works on any network; some, like a VPN, never carry it. */
export function judgeMulticast(probes: MulticastProbe[]): Finding {
  const outside = probes.filter((probe) => !probe.interface.internal);
  const relevant = outside.length > 0 ? outside : probes;
  const namesOf = (works: boolean) =>
    relevant.filter((probe) => probe.works === works).map((probe) => probe.interface.name);
  const [working, silent] = [namesOf(true), namesOf(false)];
  const figures = { working, silent };
  if (working.length > 0) {
    const besides = silent.length > 0 ? `, but not on ${silent.join(", ")}` : "";
    const message = `Multicast (mDNS, UDP port 5353) works on ${working.join(", ")}${besides}`;
    return { check: "multicast", ok: true, message, figures };
  }
  const problem = relevant.find((probe) => probe.problem !== undefined)?.problem;
  const why =
    problem ??
    (silent.length === 0
      ? "Rooms cannot be found by themselves without an IPv4 network."
      : `Multicast does not get through on ${silent.join(", ")}: a firewall may block UDP port 5353 (mDNS); allow it.`);
  return { check: "multicast", ok: false, message: `${why} ${goStraight}`, figures };
}

const goStraight = "Without it, go straight to a room with --server HOST.";

/** The announced rooms that are to be looked into, and what there is to say about all of them. */
export function judgeRooms(
  announced: Announcement[],
  { room, plaintext }: Look,
): { finding: Finding; chosen: Announcement[] } {
  const called = announced.filter((one) => room === undefined || nameKey(one.room) === nameKey(room));
  const fitting = called.filter((one) => (one.fingerprint === undefined) === plaintext);
  const chosen = fitting.slice(0, roomsMax);
  const others = announced.filter((one) => !fitting.includes(one)).map(shownOf(plaintext));
  const besides = others.length > 0 ? ` There is: ${others.slice(0, roomsMax).join(", ")}.` : "";
  const finding = (ok: boolean, message: string): { finding: Finding; chosen: Announcement[] } => ({
    finding: { check: "rooms", ok, message, figures: { rooms: announced.map((one) => one.room) } },
    chosen,
  });
  if (chosen.length > 0) {
    const names = chosen.map((one) => `${one.room} (${one.host}:${one.port})`).join(", ");
    const left = fitting.length - chosen.length;
    return finding(true, `Announced here: ${names}${left > 0 ? `, and ${left} more` : ""}`);
  }
  const what = room === undefined ? "No room" : `No room called ${room}`;
  const hint =
    besides !== ""
      ? besides
      : " Is holler-server running here? Guest Wi-Fi often keeps devices apart: then name a room with --server HOST.";
  return finding(false, `${what} is announced on this network.${hint}`);
}

function shownOf(plaintext: boolean): (one: Announcement) => string {
  return ({ room, fingerprint }) => {
    if ((fingerprint === undefined) === plaintext) return room;
    return plaintext ? `${room} (without --plaintext)` : `${room} (unencrypted, with --plaintext)`;
  };
}

/** The findings about discovery: the networks of this machine, multicast on them, and the announced rooms. Pure. */
import type { NetworkInterface } from "../../discovery/interfaces.ts";
import type { MulticastProbe } from "../../discovery/probe.ts";
import type { Announcement } from "../../discovery/record.ts";
import { nameKey } from "../../protocol/text.ts";
import type { Finding } from "./finding.ts";

/** What is checked: one server, the rooms of one name, or all rooms. */
export interface DoctorScope {
  server?: { host: string; port: number };
  room?: string;
  /** Rooms without TLS instead of those with it. */
  plaintext: boolean;
}

/** At most this many rooms are probed, so that a flood of invented rooms does not delay the doctor. */
export const roomsMax = 8;

/** The networks of this machine. None is a fault, unless a server was named, which may be this machine. */
export function checkNetworks(interfaces: NetworkInterface[], { server }: DoctorScope): Finding {
  const outside = interfaces.filter(({ internal }) => !internal);
  const shown = outside.map(({ name, addresses }) => `${name} ${addresses.join(" ")}`).join(", ");
  const message =
    outside.length > 0
      ? `Network: ${shown}`
      : "This machine has no IPv4 address on any network: plug in the cable or join the Wi-Fi.";
  const figures = { interfaces: outside.map(({ name, addresses }) => ({ name, addresses })) };
  return { check: "network", ok: outside.length > 0 || server !== undefined, message, figures };
}

/** Whether multicast works on any network; some, such as a VPN, never carry it. */
export function checkMulticast(probes: MulticastProbe[]): Finding {
  const outside = probes.filter((probe) => !probe.interface.internal);
  const relevant = outside.length > 0 ? outside : probes;
  const namesOf = (works: boolean) =>
    relevant.filter((probe) => probe.works === works).map((probe) => probe.interface.name);
  const [working, silent] = [namesOf(true), namesOf(false)];
  const figures = { working, silent };
  if (working.length > 0) {
    const exception = silent.length > 0 ? `, but not on ${silent.join(", ")}` : "";
    const message = `Multicast (mDNS, UDP port 5353) works on ${working.join(", ")}${exception}`;
    return { check: "multicast", ok: true, message, figures };
  }
  const problem = relevant.find((probe) => probe.problem !== undefined)?.problem;
  const cause =
    problem ??
    (silent.length === 0
      ? "Rooms cannot be found by themselves without an IPv4 network."
      : `Multicast does not get through on ${silent.join(", ")}: a firewall may block UDP port 5353 (mDNS); allow it.`);
  return { check: "multicast", ok: false, message: `${cause} ${useServerOption}`, figures };
}

const useServerOption = "Without it, go straight to a room with --server HOST.";

/** The announced rooms to probe, and the finding about all of them. */
export function checkRooms(
  announced: Announcement[],
  { room, plaintext }: DoctorScope,
): { finding: Finding; chosen: Announcement[] } {
  const named = announced.filter((one) => room === undefined || nameKey(one.room) === nameKey(room));
  const fitting = named.filter((one) => (one.fingerprint === undefined) === plaintext);
  const chosen = fitting.slice(0, roomsMax);
  const others = announced.filter((one) => !fitting.includes(one)).map(shownOf(plaintext));
  const alternatives = others.length > 0 ? ` There is: ${others.slice(0, roomsMax).join(", ")}.` : "";
  const finding = (ok: boolean, message: string): { finding: Finding; chosen: Announcement[] } => ({
    finding: { check: "rooms", ok, message, figures: { rooms: announced.map((one) => one.room) } },
    chosen,
  });
  if (chosen.length > 0) {
    const names = chosen.map((one) => `${one.room} (${one.host}:${one.port})`).join(", ");
    const remaining = fitting.length - chosen.length;
    return finding(true, `Announced here: ${names}${remaining > 0 ? `, and ${remaining} more` : ""}`);
  }
  const subject = room === undefined ? "No room" : `No room called ${room}`;
  const hint =
    alternatives !== ""
      ? alternatives
      : " Is holler-server running here? Guest Wi-Fi often keeps devices apart: then name a room with --server HOST.";
  return finding(false, `${subject} is announced on this network.${hint}`);
}

function shownOf(plaintext: boolean): (one: Announcement) => string {
  return ({ room, fingerprint }) => {
    if ((fingerprint === undefined) === plaintext) return room;
    return plaintext ? `${room} (without --plaintext)` : `${room} (unencrypted, with --plaintext)`;
  };
}

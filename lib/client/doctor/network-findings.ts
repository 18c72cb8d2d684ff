/** The findings about discovery: the networks of this machine, multicast on them, and the announced rooms. Pure. */
import { isLoopback } from "../../discovery/address.ts";
import type { InterfaceScan } from "../../discovery/interfaces.ts";
import { addressesOf, type Family, isLinkLocalOnly } from "../../discovery/links.ts";
import type { MulticastProbe } from "../../discovery/probe.ts";
import type { Announcement } from "../../discovery/record.ts";
import { nameKey } from "../../protocol/text.ts";
import { type Finding, failed, passed } from "./finding.ts";

/** What is checked: one server, the rooms of one name, or all rooms. */
export interface DoctorScope {
  server?: { host: string; port: number };
  room?: string;
  /** Rooms without TLS instead of those with it. */
  plaintext: boolean;
}

/** At most this many rooms are probed, so that a flood of invented rooms does not delay the doctor. */
export const roomsMax = 8;

/** The networks of this machine. Without any, it reaches only itself. */
export function checkNetworks({ interfaces = [], problem }: InterfaceScan, { server }: DoctorScope): Finding {
  const outside = interfaces
    .filter(({ internal }) => !internal)
    .map((one) => ({ name: one.name, addresses: addressesOf(one) }))
    .filter(({ addresses }) => addresses.length > 0);
  const wide = outside.filter((one) => !isLinkLocalOnly(one));
  const figures = { interfaces: outside };
  if (problem !== undefined) return failed("network", problem.message, { figures });
  if (outside.length > 0) {
    const shown = (wide.length > 0 ? wide : outside)
      .map(({ name, addresses }) => `${name} ${addresses.join(" ")}`)
      .join(", ");
    return passed("network", `Network: ${shown}`, { figures });
  }
  if (server !== undefined && isThisMachine(server.host))
    return passed("network", `Network: only this machine itself, where ${server.host} is`, { figures });
  const none = "This machine has no address on any network: plug in the cable or join the Wi-Fi.";
  return failed("network", none, { figures });
}

function isThisMachine(host: string): boolean {
  return isLoopback(host) || /^(.+\.)?localhost$/i.test(host);
}

/** Whether multicast works on any network; some, such as a VPN, never carry it. */
export function checkMulticast(probes: MulticastProbe[]): Finding {
  const outside = probes.filter(({ link }) => !link.internal);
  const wide = outside.filter(({ link }) => !isLinkLocalOnly(link));
  const relevant = [wide, outside, probes].find((some) => some.length > 0) ?? [];
  const names = [...new Set(relevant.map(nameOf))];
  const familiesOn = (name: string): Family[] =>
    relevant.filter((probe) => probe.works && nameOf(probe) === name).map(({ link }) => link.family);
  const working = names.filter((name) => familiesOn(name).length > 0);
  const silent = names.filter((name) => !working.includes(name));
  const figures = { working, silent };
  const shown = working.map((name) => `${name} (${[...new Set(familiesOn(name))].join(" and ")})`).join(", ");
  const problem = relevant.find((probe) => probe.problem !== undefined)?.problem;
  if (problem === undefined && working.length > 0) {
    const note = `Multicast does not get through on ${silent.join(", ")}.`;
    const fact = `Multicast (mDNS, UDP port 5353) works on ${shown}`;
    return passed("multicast", fact, { figures, ...(silent.length > 0 ? { note } : {}) });
  }
  const cause =
    problem ??
    (silent.length === 0
      ? "Rooms cannot be found by themselves without a network."
      : `Multicast does not get through on ${silent.join(", ")}: a firewall may block UDP port 5353 (mDNS); allow it.`);
  const rest = working.length > 0 ? ` It works on ${shown}.` : "";
  return failed("multicast", `${cause}${rest} ${useServerOption}`, { figures });
}

function nameOf({ link }: MulticastProbe): string {
  return link.name ?? "the network that the system chooses";
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
  const details = { figures: { rooms: announced.map((one) => one.room) } };
  if (chosen.length > 0) {
    const names = chosen.map((one) => `${one.room} (${one.host}:${one.port})`).join(", ");
    const remaining = fitting.length - chosen.length;
    const fact = `Announced here: ${names}${remaining > 0 ? `, and ${remaining} more` : ""}`;
    return { finding: passed("rooms", fact, details), chosen };
  }
  const subject = room === undefined ? "No room" : `No room called ${room}`;
  const hint =
    alternatives !== ""
      ? alternatives
      : " Is holler-server running here? Guest Wi-Fi often keeps devices apart: then name a room with --server HOST.";
  const problem = `${subject} is announced on this network.${hint}`;
  return { finding: failed("rooms", problem, details), chosen };
}

function shownOf(plaintext: boolean): (one: Announcement) => string {
  return ({ room, fingerprint }) => {
    if ((fingerprint === undefined) === plaintext) return room;
    return plaintext ? `${room} (without --plaintext)` : `${room} (unencrypted, with --plaintext)`;
  };
}

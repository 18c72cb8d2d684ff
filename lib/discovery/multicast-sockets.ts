/**
 * The UDP sockets of mDNS. All links of a family share one, so that a machine with many interfaces needs few file
 * descriptors and reads each packet once: Linux gives every socket on port 5353 the packets of all interfaces.
 */
import { createSocket, type SocketOptions } from "node:dgram";
import { EventEmitter } from "node:events";
import { splitZone } from "./address.ts";
import type { Family, Link } from "./links.ts";

export const multicastPort = 5353;

type Sent = (error: Error | null) => void;

/** The part of a UDP socket that multicast-dns uses. It emits `message` for each packet from its link. */
export interface LinkSocket extends EventEmitter {
  send(packet: Uint8Array, offset: number, length: number, port: number, address: string, sent: Sent): void;
  close(closed: () => void): void;
}

export interface MulticastSockets {
  /**
   * Joins a link; packets that are sent before wait until it is joined. Never throws. `onFailure`, after this call, says
   * that it cannot be used: the port is taken, the link is gone, or no file descriptor is left.
   */
  join(link: Link, onFailure: (error: NodeJS.ErrnoException) => void): LinkSocket;
}

interface Member {
  link: Link;
  socket: LinkSocket;
  /** What is sent once the link is joined; undefined: it is. */
  waiting: { packet: Uint8Array; sent: Sent }[] | undefined;
  onFailure(error: NodeJS.ErrnoException): void;
}

interface SharedSocket {
  family: Family;
  members: Set<Member>;
  /** Joins the link of a member, as soon as the socket is bound. */
  add(member: Member): void;
  /** Leaves the link of a member. The socket is closed with the last one. */
  remove(member: Member): void;
  send(link: Link, packet: Uint8Array, sent: Sent): void;
}

/** In Linux, one socket can join an IPv4 group on 20 interfaces (igmp_max_memberships). */
const membersMax = 20;
/** RFC 6762 section 11. */
const hops = 255;

/** Opens no socket yet. */
export function createMulticastSockets(): MulticastSockets {
  const sockets = new Set<SharedSocket>();

  function socketFor({ family }: Link): SharedSocket {
    const free = [...sockets].find((one) => one.family === family && one.members.size < membersMax);
    if (free !== undefined) return free;
    const opened = openShared(family, () => sockets.delete(opened));
    sockets.add(opened);
    return opened;
  }

  return {
    join(link, onFailure) {
      const shared = socketFor(link);
      const socket: LinkSocket = Object.assign(new EventEmitter(), {
        send(...[packet, , , , , sent]: Parameters<LinkSocket["send"]>) {
          if (member.waiting === undefined) shared.send(link, packet, sent);
          else member.waiting.push({ packet, sent });
        },
        close(closed: () => void) {
          shared.remove(member);
          for (const { sent } of member.waiting ?? []) sent(new Error("closed"));
          queueMicrotask(closed);
        },
      });
      const member: Member = { link, socket, waiting: [], onFailure };
      shared.add(member);
      return socket;
    },
  };
}

/** Binds a socket. `onUnusable` is called when it failed or was closed. */
function openShared(family: Family, onUnusable: () => void): SharedSocket {
  const [type, everyAddress] = family === "IPv4" ? (["udp4", "0.0.0.0"] as const) : (["udp6", "::"] as const);
  const socket = createSocket({ type, reuseAddr: true, ipv6Only: family === "IPv6", lookup: numeric });
  const members = new Set<Member>();
  /** Members by interface: two IPv4 networks on one interface are one membership. */
  const memberships = new Map<string | undefined, { joined: Link; count: number }>();
  let isBound = false;

  function join(member: Member): void {
    const { link, waiting = [] } = member;
    try {
      const membership = memberships.get(link.name);
      if (membership === undefined) socket.addMembership(link.group, link.multicastInterface);
      memberships.set(link.name, { joined: membership?.joined ?? link, count: (membership?.count ?? 0) + 1 });
    } catch (error) {
      return member.onFailure(error as NodeJS.ErrnoException);
    }
    member.waiting = undefined;
    for (const { packet, sent } of waiting) send(link, packet, sent);
  }

  function send(link: Link, packet: Uint8Array, sent: Sent): void {
    try {
      // Nothing may come between these two: the lookup of the socket answers at once. By IPv6, the group has a zone.
      if (family === "IPv4") socket.setMulticastInterface(link.multicastInterface);
      socket.send(packet, multicastPort, link.group, sent);
    } catch (error) {
      sent(error as Error);
    }
  }

  function leave({ link, waiting }: Member): void {
    const membership = memberships.get(link.name);
    if (waiting !== undefined || membership === undefined) return;
    membership.count -= 1;
    if (membership.count > 0) return;
    memberships.delete(link.name);
    try {
      socket.dropMembership(membership.joined.group, membership.joined.multicastInterface);
    } catch {
      // The interface is gone, and the membership with it.
    }
  }

  function fail(error: NodeJS.ErrnoException): void {
    onUnusable();
    for (const member of members) member.onFailure(error);
  }

  socket.on("listening", () => {
    try {
      socket.setMulticastTTL(hops);
    } catch (error) {
      return fail(error as NodeJS.ErrnoException);
    }
    isBound = true;
    for (const member of members) join(member);
  });
  socket.on("error", (error) => {
    // A bound socket goes on after an error, for example of a packet that came back.
    if (!isBound) fail(error);
  });
  socket.on("message", (packet, source) => {
    for (const { link, socket: linkSocket } of members) {
      if (!link.isSource(source.address)) continue;
      linkSocket.emit("message", packet, { ...source, address: zonedBy(link, source.address) });
    }
  });
  // Later, because it can fail at once, and then no one would know this socket yet.
  queueMicrotask(() => members.size > 0 && socket.bind(multicastPort, everyAddress));

  return {
    family,
    members,
    add(member) {
      members.add(member);
      // Not before the caller has the socket.
      if (isBound) queueMicrotask(() => members.has(member) && join(member));
    },
    remove(member) {
      if (!members.delete(member)) return;
      leave(member);
      if (members.size > 0) return;
      onUnusable();
      socket.close();
    },
    send,
  };
}

/** The zone of a source is a name or a number, which can change when descriptors run out: each source has one spelling. */
function zonedBy(link: Link, source: string): string {
  const { address, zone } = splitZone(source);
  return zone === undefined || link.zone === undefined ? source : `${address}%${link.zone}`;
}

/** All addresses here are numbers, so that nothing is looked up, and a packet is sent during the call. */
const numeric: NonNullable<SocketOptions["lookup"]> = (address, _options, found) =>
  found(null, address, address.includes(":") ? 6 : 4);

/** A model of the core that is made from its inputs and effects alone, and checks each effect. */
import { expect } from "bun:test";
import type { ServerMessage, ServerMessageOf } from "../../../lib/protocol/messages.ts";
import { nameKey } from "../../../lib/protocol/text.ts";
import type { CoreEffect, CoreInput } from "../../../lib/server/core.ts";
import { consoleId } from "../../../lib/server/core.ts";
import type { Line } from "../../../lib/server/room/history.ts";
import type { ConnectionId, PublicKey } from "../../../lib/server/session/identity.ts";
import type { Registry } from "../../../lib/server/session/registry.ts";
import { deliveries } from "../../support/rooms.ts";
import { effectsOf } from "./scene.ts";

type Effect<Type extends CoreEffect["type"]> = Extract<CoreEffect, { type: Type }>;

interface Setting {
  clientsMax: number;
  speakersMax: number;
  registry: Registry;
}

export function createWitness({ clientsMax, speakersMax, registry }: Setting) {
  const open = new Set<ConnectionId>();
  /** The joined connections and their names. */
  const named = new Map<ConnectionId, string>();
  /** Members by the key of their name, each with its connection or the last one. */
  const members = new Map<string, { id: ConnectionId; name: string }>();
  const publicKeys = new Map<ConnectionId, PublicKey>();
  /** The recorded presence. */
  const present = new Map<string, PublicKey>();
  const lines: Line[] = [];
  const lastRead = new Map<ConnectionId, number>();
  const floor = new Map<number, ConnectionId>();
  /** The connections that may hear each private clip. */
  const privateClips = new Map<number, Set<ConnectionId>>();
  const counts = { clips: 0, returned: 0, replaced: 0, expired: 0, repeated: 0, waiting: 0 };
  let lastClip = 0;

  function forget(id: ConnectionId): void {
    open.delete(id);
    named.delete(id);
    for (const [stream, holder] of floor) if (holder === id) floor.delete(stream);
  }

  function received(id: ConnectionId, message: ServerMessage): void {
    if (id === consoleId) return;
    expect(open.has(id)).toBeTrue();
    if (message.type === "welcome") {
      const publicKey = publicKeys.get(id);
      if (publicKey === undefined || !registry.isOperator(publicKey))
        expect(
          registry.bans().some((ban) => ban.publicKey !== undefined && ban.publicKey === publicKey),
        ).toBeFalse();
      expect(named.has(id)).toBeFalse();
      named.set(id, message.you);
      members.set(nameKey(message.you), { id, name: message.you });
      const others = [...members.values()].map(({ name }) => name).filter((name) => name !== message.you);
      expect([...message.members].sort()).toEqual(others.sort());
    }
    expect(named.has(id)).toBeTrue();
    if (message.type === "floorGranted") floor.set(message.stream, id);
    if (message.type === "voiceStarted") {
      expect(floor.has(message.stream)).toBeTrue();
      expect(message.from).not.toBe("");
      expect(message.to).not.toBe("");
    }
    if (message.type === "voiceEnded") {
      expect(message.from).not.toBe("");
      floor.delete(message.stream);
    }
  }

  function firstOf(publicKey: PublicKey | undefined, ref: string): Line | undefined {
    return lines.find((one) => publicKey !== undefined && one.author === publicKey && one.ref === ref);
  }

  /** A line is only confirmed again. */
  function repeated({ to, message }: Effect<"send">): void {
    if (message.type !== "said" && message.type !== "whispered") return;
    const [author = 0] = to;
    const first = firstOf(publicKeys.get(author), message.ref ?? "");
    expect(to).toEqual([author]);
    expect(first).toMatchObject({ id: message.id, text: message.text });
    counts.repeated += 1;
  }

  function kept(effect: Effect<"line">): void {
    const { line, author, ref } = effect;
    const sends = deliveries([effect]);
    const to = sends.flatMap((one) => one.to);
    expect(new Set(to).size).toBe(to.length);
    expect(to).toContain(author);
    const publicKey = publicKeys.get(author);
    expect(firstOf(publicKey, ref)).toBeUndefined();
    // Here every line is committed at once, so a repeated one is only sent.
    if (line === undefined) throw new Error("the line effect has no line");
    expect(line.author).toBe(publicKey as PublicKey);
    expect(line.id).toBe((lines.at(-1)?.id ?? 41) + 1);
    expect(line.from).toBe(named.get(author) ?? "");
    lines.push(line);
    if (line.to === undefined) expect(to.sort()).toEqual([...named.keys()].sort());
    else keptForOne(line, author, sends);
    for (const id of to) {
      expect(line.id).toBeGreaterThan(lastRead.get(id) ?? 0);
      lastRead.set(id, line.id);
    }
  }

  function keptForOne(
    { to = "", receiver }: Line,
    author: ConnectionId,
    sends: ReturnType<typeof deliveries>,
  ): void {
    const others = sends.flatMap((one) => one.to).filter((id) => id !== author);
    const holder = members.get(nameKey(to));
    for (const id of others) expect(id === holder?.id || publicKeys.get(id) === receiver).toBeTrue();
    const confirmed = sends.at(-1)?.message;
    const isWaiting = confirmed?.type === "whispered" && confirmed.away === true;
    const isTheirs = (id: ConnectionId) => receiver !== undefined && publicKeys.get(id) === receiver;
    const isHere = holder === undefined ? [...named.keys()].some(isTheirs) : named.has(holder.id);
    expect(isWaiting).toBe(!isHere);
    // A line that waits has a key that can read it.
    if (isWaiting) expect(receiver).toBeDefined();
    if (isWaiting) counts.waiting += 1;
  }

  function clipKept({ clip, to, ended }: Effect<"clip">, leavers: ConnectionId[]): void {
    expect(clip.clip).toBeGreaterThan(lastClip);
    expect(ended.reason).not.toBe("cancelled");
    lastClip = clip.clip;
    counts.clips += 1;
    if (clip.to !== undefined) {
      const ids = [clip.from, clip.to].map((name) => members.get(nameKey(name))?.id ?? 0);
      privateClips.set(clip.clip, new Set(ids.filter((id) => !leavers.includes(id))));
    }
    for (const id of to) received(id, ended);
  }

  /** The effect names exactly the private clips of this connection. */
  function mayHear(id: ConnectionId, clips: number[]): void {
    const own = [...privateClips].filter(([, listeners]) => listeners.has(id)).map(([clip]) => clip);
    expect(clips).toEqual(own);
  }

  function logged({ id, what, name, detail }: Effect<"log">): void {
    const key = nameKey(name);
    if (what === "away") {
      named.delete(id);
      members.set(key, { id, name });
    } else if (what === "left") {
      if (!named.has(id) && detail === "lost") counts.expired += 1;
      expect(members.delete(key)).toBeTrue();
    } else if (what === "returned") {
      const old = members.get(key)?.id ?? 0;
      counts[detail === "replaced" ? "replaced" : "returned"] += 1;
      for (const listeners of privateClips.values()) if (listeners.delete(old)) listeners.add(id);
      members.set(key, { id, name });
    }
  }

  function renamed(message: ServerMessageOf<"renamed">): void {
    // The member itself is told last, but has the new name from the first of the two messages on.
    for (const [id, name] of named) if (name === message.from) named.set(id, message.to);
    const member = members.get(nameKey(message.from));
    if (member?.name !== message.from) return;
    members.delete(nameKey(message.from));
    members.set(nameKey(message.to), { id: member.id, name: message.to });
  }

  function saw(effect: CoreEffect, input: CoreInput, leavers: ConnectionId[]): void {
    for (const { to, message } of deliveries([effect])) {
      expect(new Set(to).size).toBe(to.length);
      if (message.type === "renamed") renamed(message);
      for (const id of to) received(id, message);
    }
    switch (effect.type) {
      case "send":
        return repeated(effect);
      case "line":
        return kept(effect);
      case "presence":
        if (effect.isPresent) present.set(nameKey(effect.name), effect.publicKey);
        else expect(present.delete(nameKey(effect.name))).toBeTrue();
        return;
      case "history-query":
        expect(named.has(effect.id)).toBeTrue();
        return expect(effect.query.reader).toBe(publicKeys.get(effect.id) as PublicKey);
      case "close":
        expect(open.has(effect.id)).toBeTrue();
        return forget(effect.id);
      case "clip":
        return clipKept(effect, leavers);
      case "clips-forgotten":
        for (const clip of effect.clips) expect(privateClips.delete(clip)).toBeTrue();
        return;
      case "list-clips":
      case "fetch-clip":
        return mayHear(effect.id, effect.privateClips);
      case "relay":
        for (const id of effect.to) expect(named.has(id)).toBeTrue();
        if (input.type === "voice") expect(effect.except).toBe(input.id);
        return;
      case "log":
        return logged(effect);
    }
  }

  /** Invariants after every input. */
  function check(): void {
    for (const [id, name] of named) expect(members.get(nameKey(name))).toEqual({ id, name });
    for (const [key, { id }] of members) {
      const owner = registry.owner(key)?.publicKey;
      if (owner !== undefined) expect(publicKeys.get(id), "a member has the name of another key").toBe(owner);
    }
    expect(members.size).toBeLessThanOrEqual(clientsMax);
    expect(floor.size).toBeLessThanOrEqual(speakersMax);
    const remembered = [...members].flatMap(([key, { id }]) => {
      const publicKey = publicKeys.get(id);
      return publicKey === undefined ? [] : [[key, publicKey]];
    });
    expect([...present].sort()).toEqual(remembered.sort() as [string, PublicKey][]);
    const ids = [...members.values()].map(({ id }) => id);
    for (const listeners of privateClips.values())
      expect([...listeners].some((id) => ids.includes(id))).toBeTrue();
  }

  return {
    open,
    counts,
    names: () => [...members.values()].map(({ name }) => name),
    isIn: (id: ConnectionId) => named.has(id),
    anyMember: () => named.keys().next().value,
    speakers: () => [...floor],
    feed(input: CoreInput, effects: CoreEffect[]) {
      if (input.type === "connected") open.add(input.id);
      if (input.type === "closed") forget(input.id);
      // The key of a hello, also of one that is refused.
      if (
        input.type === "message" &&
        input.publicKey !== undefined &&
        open.has(input.id) &&
        !named.has(input.id)
      )
        publicKeys.set(input.id, input.publicKey);
      if (input.type === "restored") {
        for (const { id, name } of effectsOf("log", effects)) {
          const publicKey = input.members.find((one) => one.name === name)?.publicKey;
          if (publicKey !== undefined) publicKeys.set(id, publicKey);
        }
      }
      const leavers = effectsOf("log", effects).flatMap(({ what, id }) => (what === "left" ? [id] : []));
      for (const effect of effects) saw(effect, input, leavers);
      // After a shutdown, too: the members stay present, for the next run of the server.
      check();
    },
  };
}

export type Witness = ReturnType<typeof createWitness>;

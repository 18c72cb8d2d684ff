/** Records of rooms: what we announce is read back, and whatever else is announced is passed over or bounded. */
import type { DnsRecord, RoomRecord } from "../../lib/discovery/record.ts";
import { readResponse, readTxt, serviceDomain, txtOf } from "../../lib/discovery/record.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { charCount, cleanLine } from "../../lib/protocol/text.ts";
import type { Random } from "../../test/support/random.ts";
import { demand, fuzzer, without } from "./target.ts";
import { acts } from "./text.ts";
import { anyBytes, anyText, spoiled } from "./texts.ts";

interface Case {
  records: DnsRecord[];
  source: string;
  /** What we announced ourselves, which must be read back. */
  own?: RoomRecord;
}

const fingerprint = "A".repeat(43);
const instances = ["a._holler._tcp.local", "B._holler._tcp.local"] as const;
const addresses = [
  "192.0.2.1",
  "127.0.0.1",
  "fe80::1",
  "::1",
  "0.0.0.0",
  "2001:db8::1",
  "not one",
  "",
] as const;
const bytes = (string: string) => new Uint8Array(Buffer.from(string));

function anyRoom(random: Random): RoomRecord {
  const id = random
    .below(2 ** 24)
    .toString(16)
    .padStart(6, "0");
  const room = cleanLine(anyText(random)).slice(0, 20).trim() || "Lab 3";
  const record = {
    room: cleanLine(room) || "Lab 3",
    id,
    protocol: 1 + random.below(9_999),
    port: 1 + random.below(65_535),
  };
  return random.chance(0.7) ? { ...record, fingerprint } : record;
}

function anyTxt(random: Random): unknown {
  const strings: unknown[] = Object.entries(txtOf(anyRoom(random))).map((pair) => bytes(pair.join("=")));
  for (let changes = random.below(3); changes > 0; changes -= 1) {
    const at = random.below(strings.length + 1);
    const pair = bytes(
      `${random.pick(["room", "id", "v", "fp", "tls", "TLS", "txtvers", "new", ""])}${random.pick(["=", ""])}${anyText(random)}`,
    );
    const other = random.pick<unknown>([
      pair,
      anyBytes(random, 300),
      "a string",
      null,
      new Uint8Array(256),
      pair,
    ]);
    strings.splice(
      at,
      random.below(2),
      other instanceof Uint8Array && random.chance(0.1) ? spoiled(other, random) : other,
    );
  }
  return random.chance(0.03) ? random.pick<unknown>([null, {}, "x", 7, []]) : strings;
}

function anyRecord(random: Random): DnsRecord {
  const name = random.pick([...instances, serviceDomain, "host.local", anyText(random)]);
  const data = random.pick<() => unknown>([
    () => random.pick(instances),
    () => anyTxt(random),
    () => ({
      target: random.pick(["host.local", "HOST.local", "evil.example", anyText(random)]),
      port: random.pick<unknown>([4050, 0, 70_000, "4050", 1.5]),
    }),
    () => random.pick(addresses),
    () => null,
  ])();
  const ttl = random.pick([120, 0, 120]);
  return { name, type: random.pick(["PTR", "TXT", "SRV", "A", "AAAA", "NSEC"]), ttl, data };
}

function ownRecords(room: RoomRecord, instance: string): DnsRecord[] {
  return [
    { name: serviceDomain, type: "PTR", data: instance },
    { name: instance, type: "TXT", data: Object.entries(txtOf(room)).map((pair) => bytes(pair.join("="))) },
    { name: instance, type: "SRV", data: { target: "host.local", port: room.port } },
    { name: "host.local", type: "A", data: "192.0.2.1" },
  ];
}

export const records = fuzzer<Case>({
  name: "records",
  wanted: ["own read back", "TXT accepted", "TXT refused", "heard", "goodbye", "nothing heard"],
  make(random) {
    const source = random.pick(["192.0.2.9", "127.0.0.1", "fe80::2", "nonsense"]);
    if (random.chance(0.3)) {
      const own = anyRoom(random);
      return { records: ownRecords(own, instances[0]), source: "192.0.2.9", own };
    }
    const all = random.chance(0.7) ? ownRecords(anyRoom(random), random.pick(instances)) : [];
    for (let count = random.below(6); count > 0; count -= 1)
      all.splice(random.below(all.length + 1), random.below(2), anyRecord(random));
    return { records: all, source };
  },
  check({ records, source, own }, seen) {
    const { announced: heard, goodbyes } = readResponse(records, source);
    for (const { data, type } of records)
      if (type === "TXT") seen(readTxt(data) === undefined ? "TXT refused" : "TXT accepted");
    demand(heard.length + goodbyes.length <= records.length, "no more is heard than was said");
    if (goodbyes.length > 0) seen("goodbye");
    seen(heard.length === 0 ? "nothing heard" : "heard");
    for (const { announcement } of heard) {
      const { room, host, port, addresses } = announcement;
      demand(
        !acts.test(room + host) && cleanLine(room) === room && room !== "",
        "what is heard is clean",
        announcement,
      );
      demand(
        charCount(room) <= limits.roomCharsMax && port > 0 && port < 65_536,
        "and bounded",
        announcement,
      );
      demand(addresses.length > 0 && addresses.length <= 16, "and can be reached", announcement);
    }
    if (own === undefined) return;
    seen("own read back");
    const wanted = { ...own, host: "host.local", addresses: [source, "192.0.2.1"] };
    demand(Bun.deepEquals(heard[0]?.announcement, wanted), "our own is read back", heard, wanted);
  },
  *smaller({ records, source }) {
    for (const fewer of without(records)) yield { records: fewer, source };
  },
});

/** The DNS-SD records of a room: they fit the limits, are read back, and everything invalid is ignored. */
import { expect, test } from "bun:test";
import {
  type DnsRecord,
  goodbyeOf,
  hostName,
  instanceName,
  type RoomRecord,
  readResponse,
  readTxt,
  recordsOf,
  serviceDomain,
  txtOf,
} from "../../lib/discovery/record.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { cleanLine } from "../../lib/protocol/text.ts";
import { seeded } from "../support/random.ts";

const fingerprint = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
const lab: RoomRecord = { room: "Lab 3", id: "a1b2c3", protocol: 1, fingerprint, port: 4050 };
const bytes = (text: string): number => new TextEncoder().encode(text).length;
const strings = (txt: Record<string, string>): Uint8Array[] =>
  Object.entries(txt).map(([key, value]) => new TextEncoder().encode(`${key}=${value}`));
/** How many bytes a TXT record takes on the wire. */
const txtBytes = (txt: Record<string, string>): number =>
  strings(txt).reduce((sum, { length }) => sum + 1 + length, 0);

const packetOf = (server: RoomRecord, addresses: string[]): DnsRecord[] =>
  recordsOf(server, "lab-pc", addresses);

const changed = (index: number, change: Partial<DnsRecord>): DnsRecord[] =>
  packetOf(lab, ["10.0.0.1"]).map((record, at) => (at === index ? { ...record, ...change } : record));

test("the TXT record begins with txtvers and has short keys", () => {
  const txt = txtOf(lab);
  expect(Object.entries(txt)[0]).toEqual(["txtvers", "1"]);
  expect(txt).toEqual({ txtvers: "1", v: "1", room: "Lab 3", id: "a1b2c3", fp: fingerprint, tls: "1" });
  expect(Object.keys(txt).every((key) => key.length <= 9)).toBe(true);
  expect(txtOf({ ...lab, needsPassphrase: true })).toEqual({ ...txt, pw: "1" });
  expect(txtOf({ ...lab, needsPassphrase: false })).toEqual(txt);
  const { fingerprint: _, ...plain } = lab;
  expect(txtOf(plain)).toEqual({ txtvers: "1", v: "1", room: "Lab 3", id: "a1b2c3", tls: "0" });
});

test("any room name fits the TXT record and the instance name, and is read back", () => {
  const next = seeded(7).below;
  const alphabets = ["abc XYZ 09", "äöüß", "日本語教室", "👩‍💻🎧🚀", "ابجد", "a日🎧 "].map((text) => [
    ...text,
  ]);
  for (let round = 0; round < 3_000; round += 1) {
    const letters = alphabets[next(alphabets.length)] ?? [];
    const name = Array.from(
      { length: 1 + next(limits.roomCharsMax) },
      () => letters[next(letters.length)] ?? "x",
    )
      .join("")
      .trim();
    // Not a valid name: cleaning changes it, or nothing of it is visible.
    if (cleanLine(name) !== name || name === "" || bytes(name) > limits.roomBytesMax) continue;
    const txt = txtOf({ ...lab, room: name, protocol: 1 + next(99), needsPassphrase: true });
    expect(txtBytes(txt)).toBeLessThan(200);
    expect(bytes(instanceName(name, lab.id))).toBeLessThanOrEqual(63);
    expect(instanceName(name, lab.id)).toEndWith(" (a1b2c3)");
    expect(instanceName(name, lab.id)).not.toContain("\ufffd");
    const read = readTxt(strings(txt));
    expect(read?.room).toBe(name);
  }
});

test("the longest name a room may have fits a TXT record of 200 bytes", () => {
  const longest = "日".repeat(36).padEnd(38, "x");
  expect(Buffer.byteLength(longest)).toBe(limits.roomBytesMax);
  expect(txtBytes(txtOf({ ...lab, protocol: 99, room: longest, needsPassphrase: true }))).toBeLessThan(200);
});

test("the host name is one label of the machine's name and the server's id", () => {
  expect(hostName("lab-pc", "a1b2c3")).toBe("lab-pc-a1b2c3.local");
  expect(hostName("Annas-Mac.local", "a1b2c3")).toBe("Annas-Mac-a1b2c3.local");
  expect(hostName("a b_ü", "a1b2c3")).toBe("a-b-a1b2c3.local");
  expect(hostName("", "a1b2c3")).toBe("holler-a1b2c3.local");
  expect(hostName("x".repeat(99), "a1b2c3").split(".")[0]).toHaveLength(63);
});

test("the records of a room have the TTL of RFC 6762, and only the shared ones let others stand beside them", () => {
  const records = recordsOf({ ...lab, room: "Lab 3.5" }, "lab-pc", ["10.0.0.1", "fe80::1%eth0"]);
  const instance = "Lab 3-5 (a1b2c3)._holler._tcp.local";
  const host = "lab-pc-a1b2c3.local";
  expect(records).toEqual([
    { name: serviceDomain, type: "PTR", ttl: 4_500, data: instance },
    { name: instance, type: "SRV", ttl: 120, flush: true, data: { target: host, port: 4050 } },
    { name: instance, type: "TXT", ttl: 4_500, flush: true, data: expect.any(Array) },
    { name: "_services._dns-sd._udp.local", type: "PTR", ttl: 4_500, data: serviceDomain },
    { name: host, type: "A", ttl: 120, flush: true, data: "10.0.0.1" },
    { name: host, type: "AAAA", ttl: 120, flush: true, data: "fe80::1" },
  ]);
  const withdrawn = goodbyeOf(records);
  expect(withdrawn.map(({ type, ttl }) => [type, ttl])).toEqual([
    ["PTR", 0],
    ["SRV", 0],
    ["TXT", 0],
    ["A", 0],
    ["AAAA", 0],
  ]);
});

test("a response is read with all its addresses, that of the sender first", () => {
  const { announced, goodbyes } = readResponse(packetOf(lab, ["10.0.0.1", "fd99::1", "fe80::1"]), "10.0.0.9");
  expect(goodbyes).toEqual([]);
  expect(announced).toEqual([
    {
      instance: "lab 3 (a1b2c3)._holler._tcp.local",
      announcement: { ...lab, host: "lab-pc-a1b2c3.local", addresses: ["10.0.0.9", "10.0.0.1", "fd99::1"] },
    },
  ]);
});

test("a link-local address gets the zone of its sender, or else of the link, and is ignored without any", () => {
  const read = (source: string, zone?: string) =>
    readResponse(packetOf(lab, ["fe80::1", "fd99::1"]), source, zone).announced[0]?.announcement.addresses;
  expect(read("fe80::1%eth0")).toEqual(["fe80::1%eth0", "fd99::1"]);
  expect(read("fe80::2%eth0", "eth1")).toEqual(["fe80::2%eth0", "fe80::1%eth0", "fd99::1"]);
  expect(read("10.0.0.9", "eth1")).toEqual(["10.0.0.9", "fe80::1%eth1", "fd99::1"]);
  expect(read("10.0.0.9")).toEqual(["10.0.0.9", "fd99::1"]);
});

test("only pw=1 marks a room that needs a passphrase", () => {
  const read = (pw: string) => readTxt(strings({ ...txtOf(lab), pw }));
  expect(readTxt(strings(txtOf(lab)))).not.toContainKey("needsPassphrase");
  expect(readTxt(strings(txtOf({ ...lab, needsPassphrase: true })))?.needsPassphrase).toBe(true);
  expect([read("0"), read(""), read("yes")].map((each) => each?.needsPassphrase)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("DNS names are compared without regard to ASCII case", () => {
  const shouted = packetOf(lab, ["10.0.0.1"]).map((record) => ({
    ...record,
    name: record.name.toUpperCase(),
  }));
  expect(readResponse(shouted, "10.0.0.1").announced).toHaveLength(1);
});

test("a PTR record with a TTL of zero is a goodbye", () => {
  const reading = readResponse(goodbyeOf(packetOf(lab, ["10.0.0.1"])), "10.0.0.1");
  expect(reading).toEqual({ announced: [], goodbyes: ["lab 3 (a1b2c3)._holler._tcp.local"] });
});

test("loopback addresses count only from this machine", () => {
  const from = (source: string) =>
    readResponse(packetOf(lab, ["127.0.0.1", "::1"]), source).announced[0]?.announcement.addresses;
  expect(from("127.0.0.1")).toEqual(["127.0.0.1", "::1"]);
  expect(from("10.0.0.9")).toEqual(["10.0.0.9"]);
});

test("at most sixteen addresses are read, however many are announced", () => {
  const many = Array.from({ length: 100 }, (_, index) => `10.0.1.${index}`);
  expect(readResponse(packetOf(lab, many), "10.0.0.1").announced[0]?.announcement.addresses).toHaveLength(16);
});

const good = txtOf(lab);
const { fp: _, ...noFingerprint } = good;
const wrongTxt: [string, Record<string, string>][] = [
  ["another txtvers", { ...good, txtvers: "2" }],
  ["no version", { ...good, v: "" }],
  ["version zero", { ...good, v: "0" }],
  ["version not a number", { ...good, v: "1e3" }],
  ["no id", { ...good, id: "" }],
  ["id in capitals", { ...good, id: "A1B2C3" }],
  ["id too long", { ...good, id: "a1b2c3d" }],
  ["id with a newline", { ...good, id: "a1b2c3\n" }],
  ["no room", { ...good, room: "" }],
  ["a room of controls", { ...good, room: "\u001b\u0007\u202e" }],
  ["a room of 41 letters", { ...good, room: "x".repeat(41) }],
  ["a room of 124 bytes", { ...good, room: "🎧".repeat(31) }],
  ["TLS without a fingerprint", noFingerprint],
  ["a fingerprint without TLS", { ...good, tls: "0" }],
  ["tls neither 0 nor 1", { ...good, tls: "yes" }],
  ["a short fingerprint", { ...good, fp: fingerprint.slice(1) }],
  ["a long fingerprint", { ...good, fp: `${fingerprint}A` }],
  ["plain base64", { ...good, fp: fingerprint.replace("-", "+") }],
  ["bits beyond 256", { ...good, fp: `${fingerprint.slice(0, 42)}V` }],
];
test.each(wrongTxt)("a TXT record with %s is ignored", (_, txt) => {
  expect(readTxt(strings(txt))).toBeUndefined();
});

test("of two equal TXT keys the first counts, whatever its case, and unknown and empty ones are ignored", () => {
  const twice = [
    ...strings({ ...good, ROOM: "Other", later: "x" }),
    new Uint8Array(),
    new TextEncoder().encode("=x"),
  ];
  expect(readTxt(twice)?.room).toBe("Lab 3");
});

test("terminal controls are removed from a room name", () => {
  const txt = { ...good, room: "\u001b[2JLab\u202e 3\r\n> you" };
  expect(readTxt(strings(txt))?.room).toBe("[2JLab 3 > you");
});

const wrongPackets: [string, DnsRecord[]][] = [
  ["no SRV", packetOf(lab, ["10.0.0.1"]).filter((record) => record.type !== "SRV")],
  ["no TXT", packetOf(lab, ["10.0.0.1"]).filter((record) => record.type !== "TXT")],
  ["port 0", changed(1, { data: { target: "x.local", port: 0 } })],
  ["port 65536", changed(1, { data: { target: "x.local", port: 65_536 } })],
  ["port 1.5", changed(1, { data: { target: "x.local", port: 1.5 } })],
  ["a port in letters", changed(1, { data: { target: "x.local", port: "4050" } })],
  ["a host outside .local", changed(1, { data: { target: "example.com", port: 1 } })],
  ["a host with an escape", changed(1, { data: { target: "\u001b[2J.local", port: 1 } })],
  ["a host with a space", changed(1, { data: { target: "a b.local", port: 1 } })],
  ["an endless host", changed(1, { data: { target: `${"x".repeat(300)}.local`, port: 1 } })],
  ["SRV data that is none", changed(1, { data: null })],
  ["TXT data that is none", changed(2, { data: "txtvers=1" })],
  ["TXT that is not UTF-8", changed(2, { data: [new Uint8Array([0x61, 0x3d, 0xff])] })],
  ["a thousand TXT strings", changed(2, { data: new Array(1_000).fill(new Uint8Array(3)) })],
  ["PTR data that is none", changed(0, { data: { a: 1 } })],
  ["another service", changed(0, { name: "_http._tcp.local" })],
];
test.each(wrongPackets)("a response with %s announces nothing", (_, records) => {
  expect(readResponse(records, "10.0.0.1").announced).toEqual([]);
});

test("a response from a sender without a valid address announces nothing", () => {
  expect(readResponse(packetOf(lab, []), "not an address").announced).toEqual([]);
});

test("randomly altered records never throw, and the result is always within its bounds", () => {
  const next = seeded(11).below;
  const junk = [
    undefined,
    null,
    0,
    -1,
    1.5,
    "",
    "x".repeat(1_000),
    [],
    [new Uint8Array(300)],
    {},
    { port: "1" },
    true,
  ];
  for (let round = 0; round < 5_000; round += 1) {
    const records = packetOf(lab, ["10.0.0.1", "fd99::1"]).map((record) => {
      const kind = next(8);
      if (kind === 0) return { ...record, data: junk[next(junk.length)] };
      if (kind === 1) return { ...record, name: String(junk[next(junk.length)]) };
      if (kind === 2 && record.type === "TXT")
        return { ...record, data: scramble(record.data as Uint8Array[], next) };
      return record;
    });
    for (const { announcement } of readResponse(records, "10.0.0.1").announced) {
      expect(announcement.id).toMatch(/^[0-9a-f]{6}$/);
      expect([...announcement.room].length).toBeLessThanOrEqual(40);
      expect(announcement.addresses.length).toBeLessThanOrEqual(16);
    }
  }
});

test("a packet of a thousand instances is read up to its bound", () => {
  const records = Array.from({ length: 1_000 }, (_, index) => index).flatMap((index) =>
    packetOf({ ...lab, id: index.toString(16).padStart(6, "0") }, ["10.0.0.1"]),
  );
  expect(readResponse(records, "10.0.0.1").announced.length).toBeLessThanOrEqual(64);
});

function scramble(txt: Uint8Array[], next: (below: number) => number): Uint8Array[] {
  const copy = txt.map((string) => string.slice());
  const string = copy[next(copy.length)];
  if (string !== undefined && string.length > 0) string[next(string.length)] = next(256);
  return copy;
}

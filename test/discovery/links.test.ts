/** The links on which mDNS runs, and which senders belong to each. */
import { describe, expect, test } from "bun:test";
import { type Link, linksOf, type NetworkInterface } from "../../lib/discovery/links.ts";

const loopback: NetworkInterface = {
  name: "lo",
  index: undefined,
  zone: "lo",
  internal: true,
  ipv4: [{ address: "127.0.0.1", netmask: "255.0.0.0" }],
  ipv6: ["::1"],
};
const wire: NetworkInterface = {
  name: "eth0",
  index: 2,
  zone: "eth0",
  internal: false,
  ipv4: [{ address: "192.168.1.20", netmask: "255.255.255.0" }],
  ipv6: ["fe80::20%eth0", "fd99::20"],
};
const namesOf = (links: Link[]): string[] => links.map(({ name, family }) => `${name} ${family}`);

describe("the links of a machine", () => {
  test("are each interface by IPv4 and by IPv6, and loopback by IPv4", () => {
    const cable: NetworkInterface = {
      ...wire,
      name: "usb0",
      zone: "usb0",
      ipv4: [],
      ipv6: ["fe80::21%usb0"],
    };
    const down: NetworkInterface = { ...wire, name: "eth1", zone: "eth1", ipv4: [], ipv6: [] };
    const names = ["lo IPv4", "eth0 IPv4", "eth0 IPv6", "usb0 IPv6"];
    expect(namesOf(linksOf([loopback, wire, cable, down]))).toEqual(names);
  });

  test("announce the addresses of both families on both", () => {
    const [byIPv4, byIPv6] = linksOf([wire]);
    expect(byIPv4?.addresses).toEqual(["192.168.1.20", "fe80::20%eth0", "fd99::20"]);
    expect(byIPv6?.addresses).toEqual(["192.168.1.20", "fe80::20%eth0", "fd99::20"]);
  });

  test("name the interface to the socket, and the group with its zone", () => {
    const windows: NetworkInterface = { ...wire, name: "Ethernet 2", zone: "2", ipv6: ["fe80::20%2"] };
    expect(linksOf([wire]).map(({ group, multicastInterface }) => [group, multicastInterface])).toEqual([
      ["224.0.0.251", "192.168.1.20"],
      ["ff02::fb%eth0", "::%eth0"],
    ]);
    expect(linksOf([windows])[1]).toMatchObject({ group: "ff02::fb%2", multicastInterface: "::%2" });
  });

  test("are two for an interface with two IPv4 networks, and change their key with any address", () => {
    const second = { address: "10.0.0.20", netmask: "255.0.0.0" };
    const more: NetworkInterface = { ...wire, ipv4: [...wire.ipv4, second] };
    expect(namesOf(linksOf([more]))).toEqual(["eth0 IPv4", "eth0 IPv4", "eth0 IPv6"]);
    const renumbered: NetworkInterface = { ...wire, ipv6: ["fe80::21%eth0"] };
    const plugged: NetworkInterface = { ...wire, index: 7 };
    const keys = [wire, renumbered, plugged].flatMap((one) => linksOf([one]).map(({ key }) => key));
    expect(new Set(keys).size).toBe(6);
  });

  test("are bounded in each family, and those with link-local addresses alone come last", () => {
    const veth: NetworkInterface = { ...wire, ipv4: [], ipv6: ["fe80::20%veth0"] };
    const containers = Array.from({ length: 99 }, (_, n) => ({ ...veth, name: `veth${n}`, index: 100 + n }));
    expect(namesOf(linksOf([...containers, wire])).slice(0, 3)).toEqual([
      "eth0 IPv4",
      "eth0 IPv6",
      "veth0 IPv6",
    ]);
    const many = Array.from({ length: 99 }, (_, n) => ({ ...wire, name: `eth${n}`, index: n }));
    const links = linksOf(many);
    expect(links.filter(({ family }) => family === "IPv4")).toHaveLength(32);
    expect(links.filter(({ family }) => family === "IPv6")).toHaveLength(32);
  });

  test("are those that the system chooses when the interfaces are not known", () => {
    const links = linksOf(undefined);
    expect(namesOf(links)).toEqual(["undefined IPv4", "undefined IPv6"]);
    expect(links.map(({ addresses }) => addresses)).toEqual([[], []]);
    expect(links.map(({ isSource }) => [isSource("192.0.2.1"), isSource("fe80::1%eth0")])).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});

describe("a sender", () => {
  const [byIPv4, byIPv6] = linksOf([wire]);
  const isOn = (link: Link | undefined, sources: string[]): boolean[] =>
    sources.map((source) => link?.isSource(source) ?? false);

  test("is on the IPv4 link by the netmask", () => {
    expect(isOn(byIPv4, ["192.168.1.9", "192.168.2.9", "fe80::9%eth0"])).toEqual([true, false, false]);
  });

  test("is on the IPv6 link by its zone, which may be a number, or by a shared prefix", () => {
    const neighbours = ["fe80::9%eth0", "fe80::9%2", "fd99::9"];
    expect(isOn(byIPv6, neighbours)).toEqual([true, true, true]);
    const strangers = ["fe80::9%eth1", "fe80::9%3", "fd98::9", "192.168.1.9"];
    expect(isOn(byIPv6, strangers)).toEqual([false, false, false, false]);
  });
});

/** Tests the list of rooms, in text and in JSON. */
import { expect, test } from "bun:test";
import { serverJson, serverLine } from "../../../lib/client/desktop/servers.ts";

const lab = {
  room: "Lab 3",
  id: "a1b2c3",
  protocol: 1,
  host: "lab-a1b2c3.local",
  port: 4050,
  addresses: ["10.0.0.1", "fd99::1"],
};
const fingerprint = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

test("a room without encryption and without a passphrase is listed in text and JSON", () => {
  expect(serverLine(lab)).toBe("Lab 3  lab-a1b2c3.local:4050  10.0.0.1 fd99::1  not encrypted");
  expect(JSON.parse(serverJson(lab))).toEqual({
    room: "Lab 3",
    host: "lab-a1b2c3.local",
    port: 4050,
    addresses: ["10.0.0.1", "fd99::1"],
    protocol: 1,
  });
});

test("a link-local address is listed in JSON, and in text where there is no other", () => {
  const [linkLocal, both] = [["fe80::1%eth0"], ["10.0.0.1", "fe80::1%eth0"]];
  expect(serverLine({ ...lab, addresses: both })).toBe(serverLine({ ...lab, addresses: ["10.0.0.1"] }));
  expect(serverLine({ ...lab, addresses: linkLocal })).toContain("  fe80::1%eth0  ");
  expect(JSON.parse(serverJson({ ...lab, addresses: both })).addresses).toEqual(both);
});

test("a room with encryption and with a passphrase is listed in text and JSON", () => {
  const closed = { ...lab, fingerprint, needsPassphrase: true };
  expect(serverLine(closed)).toEndWith(`  SHA256:${fingerprint}  needs a passphrase`);
  expect(JSON.parse(serverJson(closed))).toMatchObject({
    identity: `SHA256:${fingerprint}`,
    passphrase: true,
  });
});

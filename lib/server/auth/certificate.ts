/**
 * The server's identity: an EC key and a certificate it signed itself, made at first start and kept in the
 * data folder. Clients pin the certificate's fingerprint, so losing this file means a new identity.
 */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { exitStatus, Failure } from "../../base/failure.ts";
import { readPrivate, writePrivateIfAbsent } from "../../files/private.ts";
import { unusable } from "../storage/data-folder.ts";

export interface Identity {
  /** PEM. */
  key: string;
  /** PEM. */
  certificate: string;
  /** SHA-256 of the certificate (DER). */
  fingerprint: Uint8Array;
}

const fileName = "identity.pem";
/** Pins make the date meaningless; it only must never be the reason for a refusal. */
const validYears = 100;

/**
 * The identity in this folder, made there if it has none.
 * @throws {Failure} `identity-damaged` when the file is there but not an identity, `not-private` when others can read
 * it, `data-folder` when the folder cannot be used.
 */
export async function loadIdentity(folder: string): Promise<Identity> {
  const path = join(folder, fileName);
  try {
    const kept =
      (await readPrivate(path, "keep-out")) ?? (await writePrivateIfAbsent(path, await makeIdentity()));
    return parseIdentity(kept, path);
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : unusable(folder, thrown);
  }
}

/**
 * Six hexadecimal digits that tell this server from others of the same room name, and are the same again after a
 * restart on the same port, so that the new announcement takes the place of the old one.
 */
export function serverId(identity: string, port: number): string {
  return createHash("sha256").update(`${identity}:${port}`).digest("hex").slice(0, 6);
}

function parseIdentity(text: string, path: string): Identity {
  try {
    const certificateAt = text.indexOf("-----BEGIN CERTIFICATE-----");
    const key = text.slice(0, certificateAt);
    const certificate = text.slice(certificateAt);
    const parsed = new X509Certificate(certificate);
    if (certificateAt < 0 || !parsed.checkPrivateKey(createPrivateKey(key)))
      throw new Error("they do not match");
    return {
      key,
      certificate,
      fingerprint: new Uint8Array(Buffer.from(parsed.fingerprint256.replaceAll(":", ""), "hex")),
    };
  } catch {
    const why = `${path} is damaged. Restore it from a copy, or remove it to start with a new identity, which clients will be warned about.`;
    throw new Failure("identity-damaged", exitStatus.failed, why);
  }
}

/** Key and certificate, as they are kept. */
async function makeIdentity(): Promise<string> {
  const { generate } = await import("selfsigned");
  const now = new Date();
  const until = new Date(now);
  until.setFullYear(now.getFullYear() + validYears);
  const made = await generate([{ name: "commonName", value: "holler" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: until,
  });
  return `${made.private.trim()}\n${made.cert.trim()}\n`;
}

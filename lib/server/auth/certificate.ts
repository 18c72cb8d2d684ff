/**
 * The server's identity: an EC key and a self-signed certificate, made at the first start and kept in the data folder.
 * Clients pin the fingerprint of the certificate, so a server that loses this file has a new identity.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { exitStatus, Failure } from "../../base/failure.ts";
import { dataFolderFailure } from "../../files/data-folder-failure.ts";
import { readPrivate, writePrivateIfAbsent } from "../../files/private.ts";

export interface ServerCertificate {
  /** PEM. */
  key: string;
  /** PEM. */
  certificate: string;
  /** SHA-256 of the certificate (DER). */
  fingerprint: Uint8Array;
}

const fileName = "identity.pem";
/** Clients compare fingerprints, not dates: the certificate must only never expire. */
const validYears = 100;

/**
 * Loads key and certificate from this folder, and makes them there if it has none.
 * @throws {Failure} `identity-damaged` when the file does not hold a key and its certificate, `not-private` when other
 * users can read it, `data-folder` when the folder cannot be used.
 */
export async function loadCertificate(folder: string): Promise<ServerCertificate> {
  const path = join(folder, fileName);
  try {
    const kept =
      (await readPrivate(path, "keep-out")) ?? (await writePrivateIfAbsent(path, await makeCertificate()));
    return parseCertificate(kept, path);
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : dataFolderFailure(folder, thrown, path);
  }
}

function parseCertificate(text: string, path: string): ServerCertificate {
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
    const why = `${path} is damaged. Restore it from a copy. Without one, move it away: the server then has a new identity, which its clients refuse until they are told to trust it.`;
    throw new Failure("identity-damaged", exitStatus.failed, why);
  }
}

/** A new key and its certificate, as they stand in the file. */
async function makeCertificate(): Promise<string> {
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

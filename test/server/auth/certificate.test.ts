/** Tests that the server's key and certificate are made once, are private, and are never replaced silently. */
import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../../lib/base/failure.ts";
import type { ServerCertificate } from "../../../lib/server/auth/certificate.ts";
import { loadCertificate } from "../../../lib/server/auth/certificate.ts";
import { makeFolder } from "../../support/folder.ts";

const parent = makeFolder();
async function newFolder(name: string): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder);
  return folder;
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(
    () => undefined,
    (reason) => reason,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`expected a Failure, not ${thrown}`);
}

test("an identity is made where there is none, readable by its owner only", async () => {
  const folder = await newFolder("new");
  const { certificate, fingerprint } = await loadCertificate(folder);
  expect(await modeOf(join(folder, "identity.pem"))).toBe(0o600);
  expect(await readdir(folder)).toEqual(["identity.pem"]);
  const parsed = new X509Certificate(certificate);
  expect(Buffer.from(fingerprint).toHex()).toBe(parsed.fingerprint256.replaceAll(":", "").toLowerCase());
  expect(parsed.publicKey.asymmetricKeyType).toBe("ec");
  expect(new Date(parsed.validTo).getFullYear()).toBeGreaterThan(2100);
});

test("an identity is the same when it is loaded again, and another one in another folder", async () => {
  const folder = await newFolder("kept");
  const made = await loadCertificate(folder);
  expect(await loadCertificate(folder)).toEqual(made);
  const other = await loadCertificate(await newFolder("other"));
  expect(other.fingerprint).not.toEqual(made.fingerprint);
});

test("eight servers that make an identity at once get the same one", async () => {
  const folder = await newFolder("crowded");
  const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => loadCertificate(folder)));
  for (const other of others) expect(other).toEqual(first as ServerCertificate);
  expect(await loadCertificate(folder)).toEqual(first as ServerCertificate);
  expect(await readdir(folder)).toEqual(["identity.pem"]);
});

test("a damaged identity is refused and left as it is", async () => {
  const folder = await newFolder("damaged");
  const path = join(folder, "identity.pem");
  const { key, certificate } = await loadCertificate(folder);
  const stranger = await loadCertificate(await newFolder("stranger"));
  const damages = [
    "",
    "what is this",
    key,
    certificate,
    `${key}${certificate.slice(0, -100)}`,
    `${key.slice(0, 60)}${certificate}`,
    `${stranger.key}${certificate}`,
  ];
  for (const text of damages) {
    await writeFile(path, text);
    expect(await failureOf(loadCertificate(folder))).toMatchObject({ code: "identity-damaged", status: 1 });
    expect(await readFile(path, "utf8")).toBe(text);
  }
});

test("an identity in a folder that cannot be used is refused with the name of the folder", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  const folder = join(file, "under-a-file");
  const failure = await failureOf(loadCertificate(folder));
  expect(failure).toMatchObject({ code: "data-folder", status: 1 });
  expect(failure.message).toContain(folder);
});

test("an identity that other users can read is refused and left as it is", async () => {
  const folder = await newFolder("open");
  const path = join(folder, "identity.pem");
  const made = await loadCertificate(folder);
  await chmod(path, 0o640);
  const failure = await failureOf(loadCertificate(folder));
  expect(failure).toMatchObject({ code: "not-private", status: 1 });
  expect(failure.message).toContain(`chmod 600 "${path}"`);
  expect(await modeOf(path)).toBe(0o640);
  await chmod(path, 0o600);
  expect(await loadCertificate(folder)).toEqual(made);
});

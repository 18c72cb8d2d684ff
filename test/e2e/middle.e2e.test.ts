/** A machine in the middle, with a certificate of its own, between the compiled client and the compiled server. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Home, Server, Stage } from "../support/holler.ts";
import { openStage } from "../support/holler.ts";
import { type Middle, standInTheMiddle } from "../support/middle.ts";

const passphrase = "maple river candle orbit";
const knows = { HOLLER_PASSPHRASE: passphrase };

let stage: Stage;
let open: Server;
let locked: Server;

beforeAll(async () => {
  stage = await openStage();
  [open, locked] = await Promise.all([stage.server(), stage.server({ env: knows })]);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The identities that this client remembers, wherever it met them. */
async function remembered({ config }: Home): Promise<string> {
  const file = Bun.file(join(config, "known-servers.json"));
  return (await file.exists()) ? file.text() : "";
}

function send(port: number, text: string, options: { home: Home; env?: Record<string, string> }) {
  return stage.holler(["send", "--name", "alice", "--server", `127.0.0.1:${port}`, text], options);
}

/** This client knows the server by the very address at which somebody else answers now. */
async function knowsFrom(server: Server, middle: Middle, home: Home): Promise<void> {
  const path = join(home.config, "known-servers.json");
  await Bun.write(
    path,
    JSON.stringify({ [`server:127.0.0.1:${middle.port}`]: [server.identity.replace("SHA256:", "")] }),
  );
}

describe("without a passphrase", () => {
  test("at the first visit: cannot pass for the client, because its key signs another connection", async () => {
    using middle = await standInTheMiddle(open.port);
    const home = await stage.home();
    const { code, errors } = await send(middle.port, "plans", { home });
    expect([code, errors]).toEqual([4, expect.stringContaining("another machine may sit between")]);
    expect(middle.heard()).not.toContain("plans");
    expect(await remembered(home)).toBe("");
  });

  test("later: is another server than before", async () => {
    using middle = await standInTheMiddle(open.port);
    const home = await stage.home();
    await knowsFrom(open, middle, home);
    const { code, errors } = await send(middle.port, "plans", { home });
    expect([code, errors]).toEqual([5, expect.stringContaining("has another identity than before")]);
    expect(middle.heard()).toBe("");
  });
});

describe("with a passphrase", () => {
  test("nobody in the middle: both sides prove it, and the identity is remembered as verified", async () => {
    const home = await stage.home();
    expect(await send(locked.port, "plans", { home, env: knows })).toMatchObject({ code: 0 });
    const verified = JSON.parse(await remembered(home)).verified;
    expect(verified).toEqual([locked.identity.replace("SHA256:", "")]);
  });

  test("at the first visit: is found out, and neither remembered nor told anything", async () => {
    using middle = await standInTheMiddle(locked.port);
    const home = await stage.home();
    const { code, errors } = await send(middle.port, "plans", { home, env: knows });
    expect([code, errors]).toEqual([5, expect.stringContaining("another machine sits between you and it")]);
    // It was in the middle indeed, and read what went through.
    expect(middle.heard()).toContain('"finish"');
    for (const word of ["plans", "alice", "maple"]) expect(middle.heard()).not.toContain(word);
    expect(await remembered(home)).toBe("");
  });

  test("later: is another server than before", async () => {
    using middle = await standInTheMiddle(locked.port);
    const home = await stage.home();
    await knowsFrom(locked, middle, home);
    const { code } = await send(middle.port, "plans", { home, env: knows });
    expect(code).toBe(5);
    expect(middle.heard()).toBe("");
  });

  test("a room that asks for none is not the one that was meant", async () => {
    const { code, errors } = await send(open.port, "plans", { home: await stage.home(), env: knows });
    expect([code, errors]).toEqual([4, expect.stringContaining("this server asks for none")]);
  });

  test("a script without it, or with a wrong one, is refused with what to do", async () => {
    const home = await stage.home();
    expect(await send(locked.port, "hi", { home })).toMatchObject({
      code: 4,
      errors: "holler: This room needs a passphrase. Set HOLLER_PASSPHRASE to it.\n",
    });
    expect(await send(locked.port, "hi", { home, env: { HOLLER_PASSPHRASE: "maple" } })).toMatchObject({
      code: 4,
      errors: "holler: This is not the passphrase of this room. Set HOLLER_PASSPHRASE to it.\n",
    });
    expect(await remembered(home)).toBe("");
  });
});

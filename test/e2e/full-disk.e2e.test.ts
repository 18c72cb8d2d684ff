/** Shows that a full disk costs no line: lines are refused, and accepted again once there is space. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { canMount, fill, mountDisk } from "../support/disks.ts";
import { openStage, type Result, serverBinary } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasDisk = requireRig("a small disk", canMount, "run as root on Linux");

describe.skipIf(!hasDisk)("a full disk", () => {
  test("refuses lines with not-saved, lets people read, and accepts lines again when there is space", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await using _disk = await mountDisk(home.data, "size=4m");
    const server = await stage.server({ home, args: ["--name", "Lab 3"] });
    const alice = await stage.join("alice", server);
    const bob = await stage.join("bob", server);
    alice.do({ do: "say", text: "before", ref: "before" });
    await alice.next("said", { ref: "before" });

    const ballast = join(home.data, "ballast");
    fill(ballast);
    const long = "x".repeat(4_000);
    let refused: string | undefined;
    // The journal has some room of its own: it is used up first.
    for (let line = 1; refused === undefined && line <= 3_000; line += 1) {
      const ref = `line ${line}`;
      alice.do({ do: "say", text: `${ref} ${long}`.slice(0, 4_000), ref });
      for (;;) {
        const answer = alice.events.find((event) => "ref" in event && event.ref === ref);
        if (answer?.event === "error") refused = ref;
        if (answer !== undefined) break;
        await alice.anything();
      }
    }
    expect(refused).toBeDefined();
    const error = alice.events.find((event) => event.event === "error");
    expect(error).toMatchObject({ code: "not-saved", ref: refused });
    expect(JSON.stringify(bob.events)).not.toContain(`"${refused} x`);

    bob.do({ do: "history", limit: 5, ref: "h" });
    expect((await bob.next("history", { ref: "h" })).entries.length).toBeGreaterThan(0);
    await stage.join("carol", server);

    await rm(ballast);
    alice.do({ do: "say", text: "after", ref: "after" });
    await alice.next("said", { ref: "after" });
    const after = await bob.next("said", { text: "after" });
    await server.kill9();
    const second = await stage.server({ home, args: ["--name", "Lab 3", "--port", String(server.port)] });
    const dave = await stage.join("dave", second);
    const { entries } = await dave.next("history");
    expect(entries.at(-1)).toMatchObject({ id: after.id, text: "after" });
  });

  test("is named by a server that starts on it, and by an export", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await using _disk = await mountDisk(home.data, "size=4m");
    await (await stage.server({ home })).stop();
    fill(join(home.data, "ballast"));
    const full: Result = {
      code: 1,
      output: "",
      errors: `holler-server: ${join(home.data, "room.sqlite")} cannot be used (no space is left on the disk).\n`,
    };
    expect(await stage.runServer({ home })).toEqual(full);
    expect(await (await stage.start([serverBinary, "export"], { home })).result()).toEqual(full);
  });
});

/** Who one is without `--name` and without a login name, on the real programs. */
import { expect, test } from "bun:test";
import { clientBinary, openStage } from "../support/holler.ts";

test("one who has neither USER nor LOGNAME is a guest", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const { output } = await stage.start([clientBinary, "--json", "--no-voice", ...server.there]);
  const welcome = await output.next((line) => line.includes('"welcome"'), "the welcome");
  expect(JSON.parse(welcome)).toMatchObject({ you: "guest" });
});

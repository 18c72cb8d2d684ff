/** The name of a person without `--name` and without a login name, on the real programs. */
import { expect, test } from "bun:test";
import { clientBinary, openStage } from "../support/holler.ts";

test("a client without USER and LOGNAME joins under the name guest", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const { output } = await stage.start([clientBinary, "--json", "--no-voice", ...server.there]);
  const welcome = await output.next((line) => line.includes('"welcome"'), "the welcome");
  expect(JSON.parse(welcome)).toMatchObject({ you: "guest" });
});

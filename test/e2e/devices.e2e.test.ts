/** Lists devices and remembers the chosen ones, on the real programs and virtual devices. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { type AudioRig, rigAvailable, rigPackages, startAudioRig } from "../support/audio-rig.ts";
import { type Home, openStage, type Result, type Stage } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasRig = requireRig("virtual sound devices", rigAvailable(), rigPackages);
/** A configuration without devices, on any machine. */
const nowhere = { ALSA_CONFIG_PATH: "/dev/null" };

interface Line {
  kind: "microphone" | "speaker";
  name: string;
  hostApi: string;
  default: boolean;
  used: boolean;
}

function linesOf({ code, errors, output }: Result): Line[] {
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Comes into a room with these arguments, and leaves again. */
async function visit(stage: Stage, home: Home, env: Record<string, string>, args: string[]): Promise<void> {
  const server = await stage.server();
  const person = await stage.join("alice", server, { home, env, args });
  person.do({ do: "quit" });
  expect(await person.exit()).toBe(0);
  await server.stop();
}

test("without any sound system, one sentence says what to do and the status is 1", async () => {
  await using stage = await openStage();
  for (const args of [["devices"], ["devices", "--json"]]) {
    const { code, output, errors } = await stage.holler(args, { env: nowhere });
    expect({ code, output }).toEqual({ code: 1, output: "" });
    expect(errors).toMatch(/^holler: [^\n]*install[^\n]*\n$/);
  }
});

describe.skipIf(!hasRig)("with virtual devices", () => {
  let rig: AudioRig;
  beforeAll(async () => {
    rig = await startAudioRig(["alice", "bob"]);
  });
  afterAll(() => rig?.stop());

  test("each microphone and each speaker is listed once, the default marked as used", async () => {
    await using stage = await openStage();
    const lines = linesOf(await stage.holler(["devices", "--json"], { env: rig.env("alice") }));
    const named = (kind: Line["kind"]) =>
      lines
        .filter((line) => line.kind === kind)
        .map(({ name }) => name)
        .sort();
    expect(named("microphone")).toEqual(["default", "mic_alice", "mic_bob"]);
    expect(named("speaker")).toEqual(["default", "spk_alice", "spk_bob"]);
    expect(lines.every(({ hostApi }) => hostApi === "ALSA")).toBe(true);
    for (const line of lines)
      expect(line).toMatchObject({ default: line.name === "default", used: line.name === "default" });
    const { output } = await stage.holler(["devices"], { env: rig.env("alice") });
    expect(output).toContain("microphone  mic_bob  ALSA\n");
    expect(output).toContain("speaker  default  ALSA  (default, used by Holler)\n");
  });

  test("devices that were named are remembered until default is named", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const env = rig.env("alice");
    const used = async () =>
      linesOf(await stage.holler(["devices", "--json"], { env, home }))
        .filter((line) => line.used)
        .map(({ name }) => name);
    const settings = async () => JSON.parse(await readFile(join(home.config, "settings.json"), "utf8"));

    await visit(stage, home, env, ["--input-device", "mic_b", "--output-device", "SPK_BOB"]);
    expect(await settings()).toEqual({
      name: "alice",
      devices: { [hostname()]: { input: "mic_b", output: "SPK_BOB" } },
    });
    expect(await used()).toEqual(["mic_bob", "spk_bob"]);
    await visit(stage, home, env, []);
    expect(await used()).toEqual(["mic_bob", "spk_bob"]);
    await visit(stage, home, env, ["--input-device", "default"]);
    expect(await used()).toEqual(["default", "spk_bob"]);
  });

  test("a remembered device that is gone is replaced by the default", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const env = rig.env("alice");
    await visit(stage, home, env, ["--input-device", "Webcam"]);
    const { code, output } = await stage.holler(["devices"], { env, home });
    expect(code).toBe(0);
    expect(output).toContain("microphone  default  ALSA  (default, used by Holler)\n");
  });

  test("a sound server that does not exist is explained in one sentence", async () => {
    await using stage = await openStage();
    const env = { ...rig.env("alice"), PULSE_SERVER: "unix:/nonexistent" };
    const { code, output, errors } = await stage.holler(["devices"], { env });
    expect({ code, output }).toEqual({ code: 1, output: "" });
    expect(errors).toMatch(/^holler: No microphone or speaker was found: [^\n]*sound server[^\n]*\n$/);
  });

  test("a frozen sound server ends the list with one sentence", async () => {
    await using stage = await openStage();
    process.kill(rig.serverPid, "SIGSTOP");
    try {
      const { code, output, errors } = await stage.holler(["devices"], { env: rig.env("alice") });
      expect({ code, output }).toEqual({ code: 1, output: "" });
      expect(errors).toMatch(/^holler: [^\n]*answer[^\n]*\n$/);
    } finally {
      process.kill(rig.serverPid, "SIGCONT");
    }
  });
});

/** Shows that the portable parts of the client run in a browser, and do there exactly what they do in Bun. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { browserPackages, hasBrowser, openPage } from "../support/browser.ts";
import { converse } from "../support/portable-chat.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const available = requireRig("Chromium", hasBrowser(), browserPackages);

async function bundle(path: string): Promise<string> {
  const result = await Bun.build({
    entrypoints: [join(import.meta.dir, path)],
    target: "browser",
    format: "esm",
  });
  const [output] = result.outputs;
  if (!result.success || output === undefined) throw new Error(result.logs.join("\n"));
  return output.text();
}

test.skipIf(!available)("a conversation in Chromium has the same events and bytes as in Bun", async () => {
  const text = await bundle("../support/portable-chat.ts");
  // The bundler replaces Node's modules by others for browsers: none of them may be needed.
  expect(text.match(/\b(?:Buffer|process|Bun)\.\w+/g) ?? []).toEqual([]);
  await using page = await openPage({ "portable-chat.js": text });
  const inBrowser = await page.call("portable-chat.js", "converse");
  const inBun = converse();
  expect(inBun.length).toBeGreaterThan(50);
  expect(inBrowser).toEqual(inBun);
  expect(page.complaints).toEqual([]);
});

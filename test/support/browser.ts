/** Runs modules in a headless browser: Debian's Chromium, driven by playwright-core. */
import { type BrowserContext, chromium } from "playwright-core";
import { hasProgram } from "./rigs.ts";

export const browserPackages = "sudo bash scripts/install-rigs.sh";

export function hasBrowser(): boolean {
  return hasProgram("chromium");
}

export interface Page extends AsyncDisposable {
  /** Imports this module of the page and returns what its function returns, as JSON can carry it. */
  call(module: string, name: string): Promise<unknown>;
  /** Messages of the console and uncaught errors. */
  readonly complaints: readonly string[];
}

/** Opens a page that can import these modules by their names, in a browser with a new profile. */
export async function openPage(modules: Record<string, string>): Promise<Page> {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ url }) {
      const text = modules[new URL(url).pathname.slice(1)];
      if (text !== undefined) return new Response(text, { headers: { "content-type": "text/javascript" } });
      return new Response("<!doctype html><link rel=icon href=data:>", {
        headers: { "content-type": "text/html" },
      });
    },
  });
  const context = await launch().catch(async (error) => {
    await server.stop(true);
    throw error;
  });
  const complaints: string[] = [];
  const page = await context.newPage();
  page.on("console", (message) => void complaints.push(message.text()));
  page.on("pageerror", (error) => void complaints.push(error.message));
  await page.goto(server.url.href);
  return {
    complaints,
    call: (module, name) =>
      page.evaluate(`import("/${module}").then((all) => all[${JSON.stringify(name)}]())`),
    async [Symbol.asyncDispose]() {
      await context.close();
      await server.stop(true);
    },
  };
}

/** An empty folder name makes a new profile, which is deleted with the context. */
function launch(): Promise<BrowserContext> {
  return chromium.launchPersistentContext("", {
    executablePath: Bun.which("chromium") ?? "chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * The one entry behind every npm script. Runs on plain Node: installs what the lock file says when that is
 * not there yet, then hands over to the task, which runs on Bun.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stamp = join(modules, ".holler-installed");
const windows = process.platform === "win32";
const bun = join(modules, "bun", "bin", "bun.exe"); // called so on every platform

const lockHash = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const installed = existsSync(stamp) && readFileSync(stamp, "utf8") === lockHash && existsSync(bun);
if (!installed) {
  console.log("Installing what package-lock.json lists…");
  // Install scripts stay off: Bun's only links its executable, and naudiodon is compiled by scripts/native.ts.
  must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], windows);
  must(process.execPath, [join(modules, "bun", "install.js")]);
  writeFileSync(stamp, lockHash);
}

const [task, ...rest] = process.argv.slice(2);
const run = spawnSync(bun, [join(root, "scripts", `${task}.ts`), ...rest], { cwd: root, stdio: "inherit" });
process.exit(run.status ?? 1);

function must(command, args, shell = false) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell,
  });
  if (status === 0) return;
  console.error(`Setting up failed: ${command} ${args[0]} ${error?.message ?? `ended with ${status}`}.`);
  process.exit(1);
}

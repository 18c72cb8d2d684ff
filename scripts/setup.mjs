/**
 * The one entry behind every npm script. Runs on plain Node: installs what the lock file lists when that is not
 * installed yet, then hands over to the task, which runs on Bun.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runSteps } from "./progress.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stamp = join(modules, ".holler-installed");
const isWindows = process.platform === "win32";
/** Bun's package calls its executable this on every platform. */
const bun = join(modules, "bun", "bin", "bun.exe");
const nodeMajorMin = 20;

const lock = readFileSync(join(root, "package-lock.json"), "utf8");
const lockHash = createHash("sha256").update(lock).digest("hex");
const isInstalled = existsSync(stamp) && readFileSync(stamp, "utf8") === lockHash && existsSync(bun);
if (!isInstalled) await install();

const [task, ...rest] = process.argv.slice(2);
const run = spawnSync(bun, [join(root, "scripts", `${task}.ts`), ...rest], { cwd: root, stdio: "inherit" });
if (run.error !== undefined) fail(`Bun does not start on this machine: ${run.error.message}.`);
process.exit(run.status ?? 1);

async function install() {
  if (Number(process.versions.node.split(".")[0]) < nodeMajorMin)
    fail(`Node ${nodeMajorMin} or newer is needed to set up Holler; this is ${process.version}.`);
  console.error("Setting up; this is done once, and again when the packages change.");
  try {
    await runSteps([
      { title: "Install the packages of package-lock.json", run: installPackages },
      { title: "Set up Bun", run: () => succeed(process.execPath, [join(modules, "bun", "install.js")]) },
    ]);
  } catch (error) {
    fail(`Setting up failed: ${error instanceof Error ? error.message : error}`);
  }
  writeFileSync(stamp, lockHash);
}

/**
 * Install scripts stay off: Bun's only links its executable, and naudiodon is compiled by scripts/native.ts.
 * @param {(howFar: string) => void} report
 */
async function installPackages(report) {
  const packages = packagesHere();
  const timer = setInterval(() => {
    const there = packages.filter((path) => existsSync(join(root, path, "package.json")));
    report(`${there.length} of ${packages.length} packages`);
  }, 200);
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  try {
    await succeed("npm", ["ci", ...options], "npm needs its registry once: is this machine online?");
  } finally {
    clearInterval(timer);
  }
  return `${packages.length} packages`;
}

/** The folders that the lock file leads to on this platform. */
function packagesHere() {
  /** @type {Record<string, { optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }>} */
  const packages = JSON.parse(lock).packages;
  const fits = (/** @type {string[] | undefined} */ allowed, /** @type {string} */ own) =>
    allowed === undefined || allowed.includes(own);
  return Object.entries(packages).flatMap(([path, { os, cpu }]) =>
    path !== "" && fits(os, process.platform) && fits(cpu, process.arch) ? [path] : [],
  );
}

/**
 * Runs a command to its end; rejects with one sentence, and what the command wrote to its errors, when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {string} [hint]
 * @returns {Promise<void>}
 */
function succeed(command, args, hint = "") {
  return new Promise((resolve, reject) => {
    const shell = isWindows && command === "npm";
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"], shell });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.once("error", ({ message }) => reject(new Error(`${command} does not start: ${message}.`)));
    child.once("close", (status) => {
      if (status === 0) return resolve();
      reject(new Error(`${command} ${args[0]} ended with ${status}. ${hint}\n${errors}`.trimEnd()));
    });
  });
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

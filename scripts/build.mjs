// Builds engine, server, preview voice and page into their dist folders (`npm run build`), or, for
// `npm start`, only when a source has changed since the last build.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprint } from "./fingerprint.mjs";
import { withLock } from "./lock.mjs";
import { root } from "./node-version.mjs";
import { packageCommand, runQuietly } from "./run.mjs";
import { isStamped, stamp } from "./stamp.mjs";

const rootPath = fileURLToPath(root);
/** Holds the lock and the stamp; git ignores it. */
const cachePath = join(rootPath, ".cache");
const stampPath = join(cachePath, "build-stamp");

const sources = [
  "engine/src",
  "engine/package.json",
  "backend/src",
  "backend/package.json",
  "preview-voice/src",
  "preview-voice/package.json",
  "frontend",
  "tsconfig.base.json",
  "tsconfig.build.json",
  "package-lock.json",
];
const results = ["engine/dist/index.js", "backend/dist/main.js", "frontend/dist/index.html"];

/** Run `work` while no other start, test or build of this folder installs or builds. */
export function withSetupLock(report, work) {
  const onWait = () => report("Waiting for another set-up of this folder to finish …");
  return withLock({ folder: cachePath, name: "setup", onWait }, work);
}

/** Build if a source differs from the last build's or a result is missing. */
export async function buildIfStale(report) {
  if (!isFresh()) await build(report);
}

async function build(report) {
  report("Building …");
  await stamp(stampPath, fingerprint(rootPath, sources), async () => {
    const outcomes = await Promise.allSettled([
      buildCore(),
      // The preview voice is GPL and may have been removed: everything else works without it.
      existsSync(join(rootPath, "preview-voice")) ? compile("preview-voice") : undefined,
    ]);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  });
}

async function buildCore() {
  await compile("engine");
  await compile("backend");
  await joinModules("backend/dist/typebox.js");
  const [command, ...first] = packageCommand("vite");
  const frontend = join(rootPath, "frontend");
  await runQuietly(command, [...first, "build", "--logLevel", "warn"], { cwd: frontend });
}

/** Types are checked by `npm run typecheck` and `npm test`: here it would be for the second time. */
function compile(workspace) {
  const [command, ...first] = packageCommand("typescript", "tsc");
  const project = join(rootPath, workspace, "tsconfig.build.json");
  return runQuietly(command, [...first, "--noCheck", "-p", project]);
}

/** Puts all that a module imports into its own file. */
async function joinModules(module) {
  const { rolldown } = await import("rolldown");
  const file = join(rootPath, module);
  const bundle = await rolldown({ input: file, platform: "node" });
  await bundle.write({ file });
  await bundle.close();
}

function isFresh() {
  if (!results.every((path) => existsSync(join(rootPath, path)))) return false;
  return isStamped(stampPath, fingerprint(rootPath, sources));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await withSetupLock(console.log, () => build(console.log));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

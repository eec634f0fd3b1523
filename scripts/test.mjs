// `npm test`: installs what the tests need, builds, then unit and API tests, browser tests, and beside them lint and type
// check. Each stage prints its time; a stage that fails ends the run after those beside it. The last line
// is always "N passed, N failed": the tests of both runners; a failed stage without tests counts as one.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildIfStale, withSetupLock } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { checkNodeVersion, root } from "./node-version.mjs";
import { endWithParent } from "./parent.mjs";
import { provideAudioTools, provideChromium } from "./prerequisites.mjs";
import { packageCommand, run, runQuietly } from "./run.mjs";

checkNodeVersion();
endWithParent();
const frontend = fileURLToPath(new URL("frontend", root));
const reports = mkdtempSync(join(tmpdir(), "qwen-tts-test-"));
const unitReport = join(reports, "unit.json");
const browserReport = join(reports, "browser.json");
const exactReport = join(reports, "exact.json");
let chromiumPath;

/** Steps one after the other; the lanes of a step side by side, each with its stages in order. */
const steps = [
  [
    [
      {
        name: "packages",
        work: () => withSetupLock(console.log, () => installPackages(console.log)),
      },
      { name: "build", work: build },
    ],
    [{ name: "audio tools", work: () => provideAudioTools(console.log) }],
  ],
  [
    // Tests wait for processes, sockets and sound: what they leave of the machine is enough for these. The browser is there
    // minutes before it is wanted.
    [
      { name: "browser", work: provideBrowser },
      { name: "type check", work: checkTypes },
      { name: "lint", work: lint },
    ],
    [
      { name: "unit and API tests", work: unitTests },
      {
        name: "browser tests",
        work: () => browserTests(["development page", "built page"], browserReport),
      },
    ],
  ],
  // Sample by sample: these have the machine to themselves.
  [[{ name: "exact sound", work: () => browserTests(["exact sound"], exactReport) }]],
];

async function provideBrowser() {
  chromiumPath = await provideChromium(console.log);
}

async function lint() {
  await runBeside("oxfmt", ["--check", "."]);
  await runBeside("oxlint", ["--deny-warnings"]);
}

async function checkTypes() {
  for (const project of [".", "frontend"]) await runBeside("typescript", ["-p", project], "tsc");
}

/** Runs a package's program where it takes nothing from the tests. */
async function runBeside(packageName, args, bin) {
  const [node, ...first] = packageCommand(packageName, bin);
  const options = { priority: constants.priority.PRIORITY_LOW };
  await runQuietly(node, [...first, ...args], options);
}

async function build() {
  await withSetupLock(console.log, () => buildIfStale(() => {}));
}

async function unitTests() {
  const [command, ...first] = packageCommand("vitest");
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${unitReport}`];
  const { code } = await run(command, [...first, "run", ...reporters], { show: true });
  if (code !== 0) throw new Error("unit or API tests failed");
}

async function browserTests(projects, report) {
  const [command, ...first] = packageCommand("@playwright/test", "playwright");
  const chosen = projects.map((name) => `--project=${name}`);
  const { code } = await run(
    command,
    [...first, "test", ...chosen, "--no-deps", "--reporter=dot,json"],
    {
      cwd: frontend,
      show: true,
      env: { CHROMIUM_PATH: chromiumPath, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
    },
  );
  if (code !== 0) throw new Error("browser tests failed");
}

/** Runs the stages of a lane up to the first that fails. @returns whether all passed */
async function runLane(stages) {
  for (const stage of stages) if (!(await runStage(stage))) return false;
  return true;
}

/** Runs one stage. @returns whether it passed */
async function runStage({ name, work }) {
  const startMs = performance.now();
  let outcome = "ok";
  try {
    await work();
  } catch (error) {
    console.error(`\n${error.message}\n`);
    outcome = "FAILED";
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  summary.push(`${outcome.padEnd(6)} ${seconds.padStart(6)} s  ${name}`);
  console.log(summary.at(-1));
  return outcome === "ok";
}

function readCounts() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const unit = readReport(unitReport);
  if (unit !== undefined) {
    counts.passed += unit.numPassedTests;
    counts.failed += unit.numFailedTests;
    counts.skipped += unit.numPendingTests + unit.numTodoTests;
  }
  for (const browser of [readReport(browserReport), readReport(exactReport)]) {
    if (browser === undefined) continue;
    counts.passed += browser.stats.expected;
    counts.failed += browser.stats.unexpected + browser.stats.flaky;
    counts.skipped += browser.stats.skipped;
  }
  return counts;
}

/** A stage that did not run, or died before its end, has no report. */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

const summary = [];
const startMs = performance.now();
let passed = true;
for (const lanes of steps) {
  const outcomes = await Promise.all(lanes.map(runLane));
  passed = outcomes.every(Boolean);
  if (!passed) break;
}
const counts = readCounts();
rmSync(reports, { recursive: true });
const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
console.log(`\n${summary.join("\n")}\n${minutes} minutes in all`);
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
if (!passed) counts.failed = Math.max(counts.failed, 1);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = passed ? 0 : 1;

// What the tests need beside the npm packages: a Chromium, a speech recogniser and audio tools. What
// is missing is installed where that is possible; else an error says what to install.
import { existsSync } from "node:fs";
import { findChromium } from "./chromium.mjs";
import { canInstall, findProgram, installDebianPackages } from "./debian.mjs";
import { packageCommand, run, runQuietly } from "./run.mjs";

const audioTools = [
  { package: "pocketsphinx", program: "pocketsphinx_continuous" },
  { package: "pocketsphinx-en-us", folder: "/usr/share/pocketsphinx/model/en-us" },
  { package: "sox", program: "sox" },
  { package: "ffmpeg", program: "ffprobe" },
];

/** Make sure that sox, ffprobe and the recogniser with its English model are there. */
export async function provideAudioTools(report) {
  const missing = audioTools.filter(isMissing).map((tool) => tool.package);
  if (missing.length > 0) await installDebianPackages(missing, report);
}

function isMissing({ program, folder }) {
  return program === undefined ? !existsSync(folder) : findProgram(program) === undefined;
}

/** @returns the path of a Chromium that starts */
export async function provideChromium(report) {
  // Playwright is imported late: it may have been installed by this very run.
  const { chromium } = await import("@playwright/test");
  const ownPath = chromium.executablePath();
  const path =
    findChromium(ownPath) ??
    (await downloadChromium(ownPath, report)) ??
    (await aptChromium(report));
  await runQuietly(path, ["--version"]);
  return path;
}

async function downloadChromium(ownPath, report) {
  report("Downloading Chromium …");
  const [command, ...first] = packageCommand("@playwright/test", "playwright");
  const { code } = await run(command, [...first, "install", "chromium-headless-shell", "chromium"]);
  return code === 0 && existsSync(ownPath) ? ownPath : undefined;
}

async function aptChromium(report) {
  if (canInstall()) await installDebianPackages(["chromium-headless-shell"], report);
  const path = findProgram("chromium-headless-shell");
  if (path !== undefined) return path;
  throw new Error(
    "No Chromium for the browser tests, and Playwright could not download one. Install Chromium or Google Chrome, or set CHROMIUM_PATH to one.",
  );
}

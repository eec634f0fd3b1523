// Finds the Chromium for the browser tests: CHROMIUM_PATH, a system one, or Playwright's download.
import { existsSync } from "node:fs";
import { findProgram } from "./debian.mjs";

// The headless shell first: without a window's parts it needs half the time.
const programs = [
  "chromium-headless-shell",
  "chromium",
  "google-chrome",
  "google-chrome-stable",
  "chromium-browser",
];
const macApps = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** `playwrightPath`: where Playwright keeps its own. @returns its path, or undefined */
export function findChromium(playwrightPath) {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen !== undefined && chosen !== "") {
    if (existsSync(chosen)) return chosen;
    throw new Error(`CHROMIUM_PATH is ${chosen}, which does not exist.`);
  }
  const system = programs.map(findProgram).find((path) => path !== undefined);
  return system ?? [...macApps, playwrightPath].find((path) => existsSync(path));
}

// The browser tests: the real server with the preview voice and the built page on 8000, the
// development page on 5173, and servers with the fake engine that the tests start themselves.
import { chromium, defineConfig } from "@playwright/test";
import { findChromium } from "../scripts/chromium.mjs";

const executablePath = findChromium(chromium.executablePath());
if (executablePath === undefined) {
  throw new Error("No Chromium found: install it, set CHROMIUM_PATH, or run npm test once.");
}
// Chromium's sandbox does not work for root.
const rootArgs = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
/** Once with the development page and once with the built one. */
const onBothPages = ["streaming.spec.ts", "batch.spec.ts"];
/** Sample by sample: these have the machine to themselves. */
const exactSound = /@exact/;

export default defineConfig({
  testDir: "e2e",
  globalSetup: "../scripts/build-for-tests.mjs",
  // They mostly wait for sound, which takes its time on any machine.
  workers: 3,
  // Against hanging only: what must be quick is asserted by its own figure.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: "list",
  use: {
    launchOptions: {
      executablePath,
      args: [
        ...rootArgs,
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    // A trace of every test costs a third of the time: --trace retain-on-failure when one is wanted.
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "development page", testMatch: onBothPages, use: { baseURL: "http://localhost:5173" } },
    { name: "built page", grepInvert: exactSound, use: { baseURL: "http://localhost:8000" } },
    {
      name: "exact sound",
      grep: exactSound,
      use: { baseURL: "http://localhost:8000" },
      dependencies: ["development page", "built page"],
      workers: 1,
    },
  ],
  webServer: [
    {
      command: "node ../scripts/start.mjs --offline --log-level warn",
      url: "http://localhost:8000/ready",
      gracefulShutdown: { signal: "SIGTERM", timeout: 5000 },
    },
    {
      command: "npx vite",
      url: "http://localhost:5173",
      gracefulShutdown: { signal: "SIGTERM", timeout: 5000 },
    },
  ],
});

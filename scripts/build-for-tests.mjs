// Set-up of Vitest and of Playwright: builds the program and what only tests start, if a source has changed since.
import { buildIfStale, withSetupLock } from "./build.mjs";
import { buildTestProgramsIfStale } from "./test-programs.mjs";

export default async function setup() {
  await withSetupLock(console.log, async () => {
    await buildIfStale(console.log);
    await buildTestProgramsIfStale();
  });
}

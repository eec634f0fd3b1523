// Vitest's set-up of the tests that start the program: builds it if a source has changed since the last build.
import { buildIfStale, withSetupLock } from "./build.mjs";

export async function setup() {
  await withSetupLock(console.log, () => buildIfStale(console.log));
}

import { defineConfig } from "vitest/config";

const register = new URL("scripts/register-typescript.mjs", import.meta.url);

// Tests run the sources: "source" picks them over dist, and the register hook lets the worker
// threads and child processes that a test starts load TypeScript too.
export default defineConfig({
  ssr: { resolve: { conditions: ["source", "node"] } },
  test: {
    include: [
      "{engine,backend,preview-voice,frontend,bench}/{src,test}/**/*.test.ts",
      "scripts/**/*.test.mjs",
    ],
    pool: "forks",
    maxWorkers: "100%", // of the cores; the default leaves one idle
    execArgv: ["--import", register.href, "--conditions=source"],
    testTimeout: 120_000, // against hanging only
    hookTimeout: 120_000,
  },
});

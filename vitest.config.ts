import { defineConfig } from "vitest/config";

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
    execArgv: ["--import", "@oxc-node/core/register", "--conditions=source"],
    testTimeout: 20_000,
  },
});

import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const register = new URL("scripts/register-typescript.mjs", import.meta.url);

/** They start no process or thread, hold no port and change nothing global for longer than a test. */
const plain = [
  "frontend/{src,test}/**/*.test.ts",
  "engine/src/*.test.ts",
  "engine/src/{audio,checkpoint,graph,local,model,scheduler,testing,text}/**/*.test.ts",
  "backend/src/{admission,model-choice,production-rate,request-log}.test.ts",
  "backend/src/{cli,encoders,text}/**/*.test.ts",
  "backend/src/effects/{resampler,stretcher}.test.ts",
  "preview-voice/src/{detect,japanese-numbers,segments,turns}.test.ts",
];

// Tests run the sources: "source" picks them over dist, and the register hook lets the worker
// threads and child processes that a test starts load TypeScript too.
export default defineConfig({
  ssr: { resolve: { conditions: ["source", "node"] } },
  test: {
    pool: "forks",
    // Files that wait for processes and sockets leave a core idle: one more than there are.
    maxWorkers: availableParallelism() + 1,
    execArgv: ["--import", register.href, "--conditions=source"],
    testTimeout: 120_000, // against hanging only
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "own process",
          include: [
            "{engine,backend,preview-voice,frontend,bench}/{src,test}/**/*.test.ts",
            "scripts/**/*.test.mjs",
          ],
          exclude: plain,
        },
      },
      // Half a second less for each file.
      { extends: true, test: { name: "plain", include: plain, isolate: false } },
    ],
  },
});

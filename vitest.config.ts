import { availableParallelism } from "node:os";
import { defineConfig, type Plugin } from "vitest/config";
import { startsBuiltPrograms } from "./scripts/test-programs.mjs";

/** They start no process or thread, hold no port and change nothing global for longer than a test. */
const plain = [
  "frontend/{src,test}/**/*.test.ts",
  "engine/src/*.test.ts",
  "engine/src/{audio,graph,local,model,scheduler,testing,text}/**/*.test.ts",
  "engine/src/checkpoint/!(damage).test.ts",
  "engine/src/host/{framing,messages,progress,watchdog}.test.ts",
  "engine/src/hub/byte-ranges.test.ts",
  "backend/src/{admission,company,model-choice,playback,production-rate,request-log}.test.ts",
  "backend/src/{cli,encoders,engines/arrival,engines/local,text,voices}/**/*.test.ts",
  "backend/src/effects/{resampler,stretcher}.test.ts",
  "preview-voice/src/{detect,japanese-numbers,segments,turns}.test.ts",
  "bench/src/**/*.test.ts",
];

/** Servers in the process of the test, with threads of theirs that end with them: nothing else lasts longer than a test. */
const servers = [
  "backend/test/{access,batch,batching-pays,connection,documentation,engine-errors,errors}.test.ts",
  "backend/test/{info,leading-silence,leaving,metrics,requests,runaway,shutdown}.test.ts",
  "backend/test/{stream-wire,streaming,timeouts,voices,whole}.test.ts",
];

/** One file instead of hundreds that each test file would read. */
const joinedModules = /\/backend\/dist\/typebox\.js$/;
const readsJoinedModules: Plugin = {
  name: "reads-joined-modules",
  enforce: "pre",
  async resolveId(source, importer) {
    if (!source.endsWith("/typebox.ts")) return null;
    const resolved = await this.resolve(source, importer, { skipSelf: true });
    return resolved?.id.replace("/backend/src/typebox.ts", "/backend/dist/typebox.js") ?? null;
  },
};

/** Of the projects whose tests start programs, or servers with threads. */
const startingBuilt = {
  plugins: [startsBuiltPrograms, readsJoinedModules],
  test: {
    server: { deps: { external: [joinedModules] } },
    globalSetup: "scripts/build-for-tests.mjs",
  },
};

// Tests run the sources: "source" picks them over dist.
export default defineConfig({
  ssr: { resolve: { conditions: ["source", "node"] } },
  test: {
    pool: "forks",
    // Files that wait for processes and sockets leave a core idle: two more than there are.
    maxWorkers: availableParallelism() + 2,
    testTimeout: 120_000, // against hanging only
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        plugins: startingBuilt.plugins,
        test: {
          ...startingBuilt.test,
          name: "built programs",
          include: [
            "{engine,backend,preview-voice,frontend,bench}/{src,test}/**/*.test.ts",
            "scripts/**/*.test.mjs",
          ],
          exclude: [...plain, ...servers],
        },
      },
      {
        extends: true,
        plugins: startingBuilt.plugins,
        test: {
          ...startingBuilt.test,
          name: "servers",
          include: servers,
          isolate: false, // A second less for each file.
        },
      },
      // Half a second less for each file.
      { extends: true, test: { name: "plain", include: plain, isolate: false } },
    ],
  },
});

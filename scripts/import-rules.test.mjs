// The import rules: each wrong import has a reason, each right one has none, and the linter reports every form of a wrong one.
import { cpSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { importError } from "./import-rules.mjs";
import { packageCommand, run } from "./run.mjs";

const forbidden = [
  ["engine/src/a.ts", "qwen-tts/protocol"],
  ["engine/src/a.ts", "../../backend/src/protocol.ts"],
  ["engine/src/a.ts", "qwen-tts-page"],
  ["engine/src/a.ts", "../../frontend/src/api.ts"],
  ["engine/src/a.ts", "../../preview-voice/src/main.ts"],
  ["engine/src/a.ts", "../../bench/src/main.ts"],
  ["engine/src/a.ts", "qwen3-tts"],
  ["engine/src/a.ts", "fastify"],
  ["engine/src/a.test.ts", "../../backend/src/pipeline.ts"],
  ["engine/src/a.ts", "onnxruntime-node"],
  ["engine/src/model/a.ts", "onnxruntime-node"],
  ["engine/src/runtime/a.ts", "../model/talker.ts"],
  ["engine/src/graph/a.ts", "../runtime/session.ts"],
  ["engine/src/text/a.ts", "../model/talker.ts"],
  ["engine/src/scheduler/a.ts", "../model/talker.ts"],
  ["engine/src/model/a.ts", "../scheduler/scheduler.ts"],
  ["engine/src/model/a.ts", "../host/client.ts"],
  ["engine/src/hub/a.ts", "../checkpoint/checkpoint.ts"],
  ["backend/src/pipeline.ts", "fastify"],
  ["backend/src/pipeline.ts", "@fastify/cors"],
  ["backend/src/main.ts", "fastify"],
  ["backend/test/api.test.ts", "fastify"],
  ["backend/src/pipeline.ts", "./http/server.ts"],
  ["backend/src/engines/preview/a.ts", "../../http/errors.ts"],
  ["backend/src/a.ts", "qwen3-tts/src/speech-engine.ts"],
  ["backend/src/a.ts", "../../engine/src/speech-engine.ts"],
  ["backend/src/http/a.ts", "../../../engine/src/speech-engine.ts"],
  ["backend/src/a.ts", "qwen-tts-preview-voice"],
  ["backend/src/engines/preview/a.ts", "../../../../preview-voice/src/main.ts"],
  ["backend/src/a.ts", "qwen-tts-page"],
  ["backend/src/http/a.ts", "../../../frontend/src/api.ts"],
  ["backend/src/a.ts", "qwen-tts-bench"],
  ["backend/src/protocol.ts", "./pipeline.ts"],
  ["backend/src/protocol.ts", "typebox"],
  ["backend/src/protocol.ts", "node:fs"],
  ["frontend/src/App.tsx", "qwen3-tts"],
  ["frontend/src/App.tsx", "qwen-tts"],
  ["frontend/src/App.tsx", "qwen-tts/pipeline"],
  ["frontend/src/api.ts", "../../backend/src/protocol.ts"],
  ["frontend/src/App.tsx", "qwen-tts-preview-voice"],
  ["frontend/src/App.tsx", "../../bench/src/main.ts"],
  ["frontend/src/audio/player.ts", "react"],
  ["frontend/src/audio/player.ts", "react-dom/client"],
  ["frontend/src/audio/player.ts", "qwen-tts/protocol"],
  ["frontend/src/audio/player.ts", "../hooks/useStreamingAudio.ts"],
  ["frontend/src/audio/player.ts", "../components/Player.tsx"],
  ["preview-voice/src/a.ts", "qwen3-tts"],
  ["preview-voice/src/a.ts", "qwen-tts/protocol"],
  ["preview-voice/src/a.ts", "../../engine/src/engine-error.ts"],
  ["bench/src/a.ts", "qwen3-tts/testing"],
  ["bench/src/a.ts", "../../backend/src/protocol.ts"],
  ...["engine/src/a.ts", "backend/src/a.ts", "backend/src/http/a.ts", "frontend/src/a.ts"].flatMap(
    (file) => [
      [file, "@echogarden/espeak-ng-emscripten"],
      [file, "lindera-wasm-nodejs-ipadic"],
    ],
  ),
  ["frontend/src/audio/player.ts", "../../../backend/src/protocol.ts"],
  ["frontend/src/audio/a.ts", "@echogarden/espeak-ng-emscripten"],
  ["bench/src/a.ts", "@echogarden/espeak-ng-emscripten"],
];

test.each(forbidden)("%s may not import %s", (file, specifier) => {
  expect(importError(file, specifier)).toMatch(/./);
});

test.each([
  ["engine/src/host/client.ts", "../speech-engine.ts"],
  ["engine/src/a.ts", "node:fs"],
  ["engine/src/runtime/a.ts", "onnxruntime-node"],
  ["engine/src/model/a.ts", "../graph/graph.ts"],
  ["engine/src/model/a.ts", "../../engine-error.ts"],
  ["engine/src/host/a.test.ts", "qwen3-tts/testing"],
  ["backend/src/pipeline.ts", "qwen3-tts"],
  ["backend/src/pipeline.ts", "./encoders/encoder.ts"],
  ["backend/src/pipeline.ts", "./protocol.ts"],
  ["backend/src/http/server.ts", "fastify"],
  ["backend/src/http/server.ts", "@fastify/cors"],
  ["backend/src/http/server.ts", "../pipeline.ts"],
  ["backend/src/http/server.ts", "./errors.ts"],
  ["backend/src/main.ts", "./http/server.ts"],
  ["backend/test/api.test.ts", "../src/http/server.ts"],
  ["backend/test/api.test.ts", "qwen3-tts/testing"],
  ["frontend/src/api.ts", "qwen-tts/protocol"],
  ["frontend/src/App.tsx", "react"],
  ["frontend/src/hooks/useStreamingAudio.ts", "../audio/player.ts"],
  ["frontend/src/audio/player.ts", "./queue.ts"],
  ["preview-voice/src/a.ts", "@echogarden/espeak-ng-emscripten"],
  ["preview-voice/src/a.ts", "lindera-wasm-nodejs-ipadic"],
  ["bench/src/a.ts", "node:http"],
  ["bench/src/a.ts", "qwen3-tts"],
])("%s may import %s", (file, specifier) => {
  expect(importError(file, specifier)).toBeUndefined();
});

/** @returns what the linter's plugin says of files with these sources. */
async function lint(sources) {
  const folder = mkdtempSync(join(tmpdir(), "import-rules-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [file, source] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  // Beside them, as it stands beside the real ones: paths are from the root.
  cpSync(fileURLToPath(new URL(".", import.meta.url)), join(folder, "scripts"), {
    recursive: true,
  });
  const rules = { "architecture/imports": "error" };
  const config = {
    jsPlugins: ["./scripts/import-rules-plugin.mjs"],
    categories: { correctness: "off" },
    rules,
  };
  writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
  const [command, ...first] = packageCommand("oxlint");
  const { code, output } = await run(command, [...first, "--format=json"], { cwd: folder });
  return { code, diagnostics: JSON.parse(output).diagnostics };
}

const forms = [
  'import { a } from "fastify";',
  'import "fastify";',
  'import type { A } from "fastify";',
  'export { a } from "fastify";',
  'export * from "fastify";',
  'export type { A } from "fastify";',
  'export const a = await import("fastify");',
  'export type A = import("fastify").A;',
  'export type A = typeof import("fastify");',
];

test("the linter reports a wrong import in each of its forms, and says why", async () => {
  const sources = forms.map((source, index) => [`engine/src/form${index}.ts`, source]);
  const { code, diagnostics } = await lint(Object.fromEntries(sources));
  expect(code).toBe(1);
  expect(new Set(diagnostics.map(({ filename }) => filename))).toEqual(
    new Set(sources.map(([file]) => file)),
  );
  for (const { code: rule, message } of diagnostics) {
    expect(rule).toBe("architecture(imports)");
    expect(message).toBe("fastify: only backend/src/http knows the web framework");
  }
});

test("the linter reports no right import", async () => {
  const sources = forms.map((source, index) => [`backend/src/http/form${index}.ts`, source]);
  expect(await lint(Object.fromEntries(sources))).toEqual({ code: 0, diagnostics: [] });
});

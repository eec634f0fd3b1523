// The import rules of eslint.config.js: each wrong import is reported, each right one is not. The
// files named here need not exist; typed rules, which would need them, are off.
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { expect, test } from "vitest";

const importRules = new Set(["no-restricted-imports", "no-restricted-syntax"]);
const eslint = new ESLint({ overrideConfig: [tseslint.configs.disableTypeChecked] });

/** @returns the reports of the import rules on `source` as if it stood in `file` */
async function lintImports(file, source) {
  const [result] = await eslint.lintText(source, { filePath: file });
  for (const { fatal, message } of result.messages) if (fatal) throw new Error(message);
  return result.messages.filter(({ ruleId }) => importRules.has(ruleId));
}

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

test.each(forbidden)("%s may not import %s", async (file, specifier) => {
  const source = `import { thing } from "${specifier}";\nexport const other = thing;\n`;
  expect(await lintImports(file, source)).not.toEqual([]);
});

test.each(forbidden)("%s may not import %s when it runs either", async (file, specifier) => {
  expect(
    await lintImports(file, `export const thing = await import("${specifier}");\n`),
  ).not.toEqual([]);
});

test.each([
  ["engine/src/a.ts", "../../backend/src/pipeline.ts"],
  ["backend/src/a.ts", "./http/server.ts"],
])("%s may not pass on %s", async (file, specifier) => {
  expect(await lintImports(file, `export * from "${specifier}";\n`)).not.toEqual([]);
  expect(await lintImports(file, `export type { A } from "${specifier}";\n`)).not.toEqual([]);
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
])("%s may import %s", async (file, specifier) => {
  const source = `import { thing } from "${specifier}";\nexport const other = thing;\n`;
  expect(await lintImports(file, source)).toEqual([]);
});

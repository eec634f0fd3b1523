// What the official package says, our engine says: every speech case of test/goldens, with the checkpoints of
// test/fixtures, at f32 and greedy.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { createCodecState, decodeFrames } from "../src/model/codec-decoder.ts";
import {
  advancePrefill,
  createGeneration,
  generationSettings,
  nextFrame,
} from "../src/model/generation.ts";
import { prefill } from "../src/model/prefill.ts";
import { loadQwen3Tts } from "../src/model/qwen3-tts.ts";
import { languageId, speakerNamed } from "../src/text/language-tag.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "golden-"));
});
afterAll(() => rm(cache, { recursive: true }));

const names = (await readdir(here("goldens"))).filter((name) => name.endsWith(".json"));

test.each(names)("%s", async (name) => {
  const golden = JSON.parse(await readFile(here(`goldens/${name}`), "utf8"));
  if (golden.kind !== "speech") return;
  const checkpoint = await openCheckpoint(here(`fixtures/${golden.checkpoint}`));
  const { request } = golden;
  const model = await loadQwen3Tts(checkpoint, {
    precision: "f32",
    threads: 1,
    pretokenizer: request.pretokenizer ?? "qwen",
    cachedFiles: async (_key, produce) => {
      await produce(cache);
      return cache;
    },
  });
  const { config } = checkpoint;
  const speaker = request.speaker ?? null;
  const source = {
    prompt: model.writePrompt({
      text: request.text,
      ...(request.instruct && config.modelSize !== "0b6" ? { instruct: request.instruct } : {}),
    }),
    languageId: languageId(config, request.language ?? "auto", speaker),
    speaker:
      speaker === null
        ? null
        : model.generator.embedder.codec(speakerNamed(config.speakers, speaker).id),
    referenceFrames: null,
    layout: request.textLayout ?? "whole",
  } as const;
  const rows = await prefill(config, model.generator.embedder, source);
  const generation = createGeneration(
    model.generator.talker,
    rows,
    generationSettings(checkpoint.generation, {
      seed: 1,
      sampling: {
        greedy: true,
        ...(request.repetitionPenalty ? { repetitionPenalty: request.repetitionPenalty } : {}),
      },
      limits: request.maxFrames ? { maxFrames: request.maxFrames } : {},
    }),
  );
  while ((await advancePrefill(model.generator.talker, generation)) === "more");
  const codes: number[][] = [];
  let reason: string;
  for (;;) {
    const result = await nextFrame(model.generator, generation, (_stage, work) => work());
    if (result.kind === "end") {
      reason = result.reason;
      break;
    }
    codes.push(result.codes);
  }
  expect(codes).toEqual(golden.codes);
  expect(reason).toBe(golden.finishReason);
  const bytes = await readFile(here(`goldens/${golden.wave.file}`));
  const expected = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const wave = await decodeFrames(model.codecDecoder, createCodecState(model.codecDecoder), codes);
  expect(wave.length).toBe(golden.wave.samples);
  const worst = expected.reduce(
    (max, value, i) => Math.max(max, Math.abs(value - wave[i * golden.wave.stride]!)),
    0,
  );
  expect(worst).toBeLessThan(1e-4);
  await model.release();
});

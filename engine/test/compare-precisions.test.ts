// How near a precision is said to be to the reference, on a tiny checkpoint whose weights are random.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { comparePrecisions, type PrecisionComparison } from "../src/local/compare-precisions.ts";
import type { Precision } from "../src/model/matrix.ts";
import { fixturePath } from "../src/testing/goldens.ts";

const groups = 16;

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "compare-precisions-"));
  process.env.QWEN_TTS_CACHE = cache;
});
afterAll(() => rm(cache, { recursive: true }));

function compare(precision: Precision): Promise<PrecisionComparison> {
  const options = { precision, text: "How near is it?", frames: 6 };
  return comparePrecisions(fixturePath("custom-voice-0b6"), options);
}

test("f32 is itself, int8 near it, int4 less so; the code predictor that chooses by itself is not even converted", async () => {
  const itself = await compare("f32");
  expect(itself.hiddenCosine).toBeCloseTo(1, 6);
  expect(itself.codebookAgreement).toEqual(Array(groups).fill(1));

  const [int8, int4] = [await compare("int8"), await compare("int4")];
  expect(int8.hiddenCosine).toBeGreaterThan(0.99);
  expect(int8.hiddenCosine).toBeLessThan(itself.hiddenCosine);
  expect(int4.hiddenCosine).toBeLessThan(int8.hiddenCosine);
  for (const { codebookAgreement } of [int8, int4]) {
    expect(codebookAgreement).toHaveLength(groups);
    for (const share of codebookAgreement) expect(share).toBeGreaterThanOrEqual(0);
  }

  const [checkpoint] = await readdir(cache);
  const graphs = await readdir(join(cache, checkpoint!));
  expect(graphs).toContain("talker-int4");
  expect(graphs.filter((name) => name.startsWith("code-predictor-frame"))).toEqual([]);
});

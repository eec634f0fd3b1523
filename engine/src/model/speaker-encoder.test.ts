// Recordings too short to tell who speaks. What the encoder makes of longer ones, test/golden-speech.test.ts compares.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { speakerEmbedding } from "../local/codec-tools.ts";
import { fixturePath } from "../testing/goldens.ts";

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "speaker-encoder-"));
  process.env.QWEN_TTS_CACHE = cache;
});
afterAll(() => rm(cache, { recursive: true }));

const embed = (samples: number) =>
  speakerEmbedding(fixturePath("base-0b6"), new Float32Array(samples).fill(0.1), 24_000);

test("a recording shorter than what is mirrored at its ends is refused", async () => {
  const least = 1280;
  for (const samples of [1, 385, least - 1]) {
    await expect(embed(samples)).rejects.toThrow(
      `it has ${samples} samples, a speaker is known from at least ${least}. Send a longer one.`,
    );
  }
  expect((await embed(least)).every(Number.isFinite)).toBe(true);
});

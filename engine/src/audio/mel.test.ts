import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { fixturePath, readGoldens, readGoldenWave, testNoise } from "../testing/goldens.ts";
import { melSpectrogram } from "./mel.ts";
import { readWav } from "./wav-reader.ts";

const options = { sampleRate: 24_000, bands: 128, leastFrames: 1 };
const goldens = await readGoldens("mel");

describe("the official front end makes the same", () => {
  test.each(goldens)("$audio", async ({ audio, bands }) => {
    const { samples } = readWav(await readFile(fixturePath(audio)));
    const mel = melSpectrogram(samples, options);
    expect([options.bands, mel.frames]).toEqual(bands.shape);
    const official = await readGoldenWave(bands);
    expect(official).toHaveLength(mel.bands.length);
    const differences = official.map((value, at) => Math.abs(mel.bands[at]! - value));
    expect(Math.max(...differences)).toBeLessThan(2e-5);
  });

  test("there is one", () => {
    expect(goldens).toHaveLength(1);
  });
});

test("silence is the floor", () => {
  // What is left of the magnitudes' own floor in any filter is less.
  const { bands } = melSpectrogram(new Float32Array(3000), options);
  expect(bands.every((value) => value === Math.fround(Math.log(1e-5)))).toBe(true);
});

test("a frame for every 256 samples, from the shortest clip on", () => {
  for (const [samples, frames] of [
    [385, 1],
    [511, 1],
    [512, 2],
    [2560, 10],
  ] as const) {
    expect(melSpectrogram(testNoise(samples), options)).toMatchObject({ frames });
  }
});

test("a clip shorter than its mirror image is refused", () => {
  expect(() => melSpectrogram(testNoise(384), options)).toThrow(EngineError);
  expect(() => melSpectrogram(testNoise(384), options)).toThrow(/384 samples.*at least 385/);
});

test("a clip with fewer frames than are needed is refused", () => {
  const four = { ...options, leastFrames: 4 };
  expect(melSpectrogram(testNoise(1024), four)).toMatchObject({ frames: 4 });
  expect(() => melSpectrogram(testNoise(1023), four)).toThrow(/1023 samples.*at least 1024/);
});

import { describe, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { floatsIn, readGoldens, testNoise } from "../testing/goldens.ts";
import { resample } from "./resample.ts";

const target = 24_000;
const goldens = (await readGoldens("resample")).flatMap(({ to, stride, cases }) =>
  cases.map((one) => ({ ...one, to, stride })),
);
const rates = goldens.map(({ from }) => from);

describe("noise comes out as librosa's soxr makes it", () => {
  /** soxr's first stages start a little differently, which is heard by the very first samples alone. */
  const start = 3;

  test.each(goldens)("$from Hz", ({ from, to, stride, samples, length, resampled }) => {
    const output = resample(testNoise(samples), { from, to });
    expect(output).toHaveLength(length);
    for (const [index, value] of floatsIn(Buffer.from(resampled, "base64")).entries()) {
      const at = index * stride;
      const difference = Math.abs(output[at]! - value);
      expect(difference, `sample ${at}`).toBeLessThan(at < start ? 2e-3 : 4e-5);
    }
  });
});

describe("tones, by arithmetic alone", () => {
  const seconds = 0.15;
  /** Where the tones begin and stop. */
  const edgeSeconds = 0.04;

  /** Several at once. */
  function tones(hertz: readonly number[], time: number): number {
    return hertz.reduce((sum, one) => sum + Math.sin(2 * Math.PI * one * time), 0);
  }

  function* middleOfResampled(
    from: number,
    hertz: readonly number[],
  ): Generator<[time: number, value: number]> {
    const input = Float32Array.from({ length: from * seconds }, (_, i) => tones(hertz, i / from));
    const output = resample(input, { from, to: target });
    const edge = Math.round(target * edgeSeconds);
    for (let at = edge; at < output.length - edge; at++) yield [at / target, output[at]!];
  }

  test.each(rates)("from %i Hz: nine tenths of the band as they were, no later", (from) => {
    const hertz = [0.01, 0.5, 0.9].map((part) => (part * Math.min(from, target)) / 2);
    let worst = 0;
    for (const [time, value] of middleOfResampled(from, hertz)) {
      worst = Math.max(worst, Math.abs(value - tones(hertz, time)));
    }
    expect(worst).toBeLessThan(3e-3);
  });

  test.each(rates.filter((rate) => rate > target))("from %i Hz: nothing folds down", (from) => {
    const [low, high] = [target / 2, from / 2];
    const hertz = [0.01, 0.3, 0.9].map((part) => low + part * (high - low));
    let worst = 0;
    for (const [, value] of middleOfResampled(from, hertz)) {
      worst = Math.max(worst, Math.abs(value));
    }
    expect(worst).toBeLessThan(3e-5);
  });

  test.each(rates.filter((rate) => rate < target))("from %i Hz: no mirror image", (from) => {
    const hertz = 0.4 * from;
    const image = from - hertz;
    let [cosine, sine, count] = [0, 0, 0];
    for (const [time, value] of middleOfResampled(from, [hertz])) {
      const angle = 2 * Math.PI * image * time;
      const part = (time - edgeSeconds) / (seconds - 2 * edgeSeconds);
      const hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * part);
      cosine += value * hann * Math.cos(angle);
      sine += value * hann * Math.sin(angle);
      count++;
    }
    expect(Math.hypot(cosine, sine) / count).toBeLessThan(1e-5);
  });
});

test("equal rates: the very samples", () => {
  const samples = testNoise(100);
  expect(resample(samples, { from: target, to: target })).toEqual(samples);
});

test.each(rates)("from %i Hz: clips of a few samples, as long as they should be", (from) => {
  for (const length of [0, 1, 2, 7, 50]) {
    const output = resample(testNoise(length), { from, to: target });
    expect(output).toHaveLength(Math.ceil((length * target) / from));
    expect(output.every((value) => Math.abs(value) < 1)).toBe(true);
  }
});

test.each([0, -24_000, 1999, 768_001, 2 ** 32 - 1, 44_100.5, NaN, Infinity])(
  "a rate of %d Hz is refused",
  (from) => {
    const resampling = () => resample(testNoise(10), { from, to: target });
    expect(resampling).toThrow(EngineError);
    expect(resampling).toThrow(/sample rate is .* from 2000 to 768000 Hz/);
  },
);

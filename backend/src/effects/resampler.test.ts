import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectSameSamples, concat, split } from "./effect.case.ts";
import { createResampler } from "./resampler.ts";
import { noise, rms, sampleRate, tone } from "../testing/signals.ts";

const steps = [0.5, 0.77, 1, 1.3, 2];

describe.each(steps)("a resampler of step %f", (step) => {
  test("gives the samples of the faster tone", () => {
    const output = createResampler({ step, gain: 0.5 }).push(sine(1000, 4800));
    const expected = sine(1000 * step, output.length).map((v) => v * 0.5);
    // Before its first sample the input is silent, which the kernel reaches into.
    const error = output.map((v, i) => v - expected[i]!).subarray(200);
    expect(Math.max(...error.map(Math.abs))).toBeLessThan(1e-3);
  });

  test("where the input is cut changes no bit", () => {
    const input = noise(3000);
    const whole = createResampler({ step, gain: 1 }).push(input);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 200 })), (lengths) => {
        const resampler = createResampler({ step, gain: 1 });
        const pieces = split(input, lengths).map((piece) => resampler.push(piece));
        expectSameSamples(concat(pieces), whole);
      }),
    );
  });

  test("says what input a length of output needs, to the sample", () => {
    for (const length of [1, 2, 7, 1000]) {
      const resampler = createResampler({ step, gain: 1 });
      const needed = resampler.inputLength(length);
      const before = resampler.push(new Float32Array(needed - 1)).length;
      expect(before).toBeLessThan(length);
      expect(before + resampler.push(new Float32Array(1)).length).toBeGreaterThanOrEqual(length);
    }
  });
});

test("what would fold back is filtered out", () => {
  const high = tone({ frequency: 9000, seconds: 0.5, harmonics: 1 });
  const output = createResampler({ step: 2, gain: 1 }).push(high);
  expect(rms(output.subarray(200)) / rms(high)).toBeLessThan(1e-3);
});

function sine(frequency: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) =>
    Math.sin((2 * Math.PI * frequency * i) / sampleRate),
  );
}

import { expect, test } from "vitest";
import { testNoise } from "../testing/goldens.ts";
import { fftMagnitudes } from "./fft.ts";

/** By the definition. */
function fourierMagnitude(samples: Float64Array, bin: number): number {
  let [re, im] = [0, 0];
  for (const [at, value] of samples.entries()) {
    const angle = (-2 * Math.PI * ((bin * at) % samples.length)) / samples.length;
    re += value * Math.cos(angle);
    im += value * Math.sin(angle);
  }
  return Math.hypot(re, im);
}

test.each([2, 4, 8, 64, 1024])("of %i numbers, as the definition has it", (length) => {
  const samples = Float64Array.from(testNoise(length));
  const magnitudes = fftMagnitudes(samples, 0);
  expect(magnitudes).toHaveLength(length / 2 + 1);
  for (const [bin, magnitude] of magnitudes.entries()) {
    expect(magnitude).toBeCloseTo(fourierMagnitude(samples, bin), 9);
  }
});

test("the floor is under the root", () => {
  expect([...fftMagnitudes(new Float64Array(4), 0.25)]).toEqual([0.5, 0.5, 0.5]);
  expect(fftMagnitudes(Float64Array.of(2, 0, 0, 0), 12)[1]).toBe(4);
});

test("what is given stays as it was", () => {
  const samples = Float64Array.from(testNoise(16));
  fftMagnitudes(samples, 0);
  expect(samples).toEqual(Float64Array.from(testNoise(16)));
});

import { describe, expect, test } from "vitest";
import { concat } from "./effect.case.ts";
import { createStretcher } from "./stretcher.ts";
import {
  fundamental,
  maxSecondDifference,
  noise,
  rms,
  sampleRate,
  spectralCentre,
  tone,
  vowel,
} from "../testing/signals.ts";

const speeds = [0.25, 0.5, 1, 1.5, 2, 4];
const pitches = [0.5, 0.75, 1, 1.5, 2];
const settings = speeds.flatMap((speed) => pitches.map((pitch) => ({ speed, pitch })));

type Change = { speed: number; pitch: number };

async function stretch(samples: Float32Array, { speed, pitch }: Change): Promise<Float32Array> {
  const stretcher = await createStretcher({ sampleRate, speed, pitch });
  return concat([stretcher.push(samples), stretcher.flush()]);
}

/** The part between these times, in seconds. */
const between = (samples: Float32Array, from: number, to: number): Float32Array =>
  samples.subarray(Math.round(from * sampleRate), Math.round(to * sampleRate));

describe("a steady harmonic tone", () => {
  const seconds = 2;
  const input = tone({ frequency: 200, seconds });

  test.each(settings)(
    "speed $speed, pitch $pitch: F0 within 1 %, loudness within 1.5 dB",
    async (change) => {
      const output = await stretch(input, change);
      const middle = between(output, 0.1, seconds / change.speed - 0.1).subarray(0, sampleRate);
      const expected = 200 * change.pitch;
      expect(Math.abs(fundamental(middle, expected) / expected - 1)).toBeLessThan(0.01);
      expect(Math.abs(20 * Math.log10(rms(middle) / rms(input)))).toBeLessThan(1.5);
    },
  );
});

test.each([0.5, 0.75, 1.5, 2])("pitch %f: the voice keeps its formants", async (pitch) => {
  const formant = 1200;
  const input = vowel({ frequency: 150, formant });
  const output = await stretch(input, { speed: 1, pitch });
  const middle = between(output, 0.2, 0.8);
  expect(Math.abs(spectralCentre(middle, 150 * pitch) / formant - 1)).toBeLessThan(0.15);
});

describe("time", () => {
  test.each(settings)(
    "speed $speed, pitch $pitch: a click at t comes at t / speed",
    async (change) => {
      const times = [0.2, 0.9, 1.63];
      // Then two spectra are as far apart in the input as a block is long.
      const tolerance = change.speed / change.pitch > 2 ? 0.015 : 0.005;
      const input = new Float32Array(2 * sampleRate);
      const click = noise(48);
      for (const time of times) input.set(click, Math.round(time * sampleRate) - click.length / 2);
      const output = await stretch(input, change);
      for (const time of times) {
        const expected = time / change.speed;
        const reach = 0.05;
        const around = between(output, expected - reach, expected + reach);
        expect(Math.abs(centreOfEnergy(around) - reach)).toBeLessThan(tolerance);
      }
    },
  );

  test.each(speeds)("speed %f: the first output needs at most 110 ms of input", async (speed) => {
    const stretcher = await createStretcher({ sampleRate, speed, pitch: 1 });
    const piece = noise(sampleRate / 100);
    let pieces = 1;
    while (stretcher.push(piece).length === 0) pieces++;
    expect(pieces * 10).toBeLessThanOrEqual(110);
  });

  function centreOfEnergy(samples: Float32Array): number {
    const energy = samples.reduce((sum, v) => sum + v * v, 0);
    return samples.reduce((sum, v, i) => sum + v * v * i, 0) / energy / sampleRate;
  }
});

describe("no clicks", () => {
  const input = tone({ frequency: 300, seconds: 2, harmonics: 1 });
  const bend = maxSecondDifference(input);

  test.each(settings)("speed $speed, pitch $pitch: a sine stays smooth", async (change) => {
    const output = await stretch(input, change);
    const middle = between(output, 0.1 / change.speed, 1.9 / change.speed);
    expect(maxSecondDifference(middle)).toBeLessThan(4 * bend * Math.max(1, change.pitch) ** 2);
  });

  test.each(speeds)("speed %f: digital silence cuts nothing off", async (speed) => {
    const gapped = input.map((v, i) => (Math.floor(i / 12_000) % 2 === 0 ? v : 0));
    const faint = noise(gapped.length).map((v) => v * 1e-5);
    const change = { speed, pitch: 1 };
    const clean = maxSecondDifference(await stretch(gapped, change));
    // With faint noise in the gaps the library has no silence to shortcut: that is the measure.
    const measure = await stretch(
      gapped.map((v, i) => v + faint[i]!),
      change,
    );
    expect(clean).toBeLessThan(1.25 * maxSecondDifference(measure));
  });

  test("silence stays silence in 16 bits", async () => {
    const output = await stretch(new Float32Array(sampleRate), { speed: 0.5, pitch: 1.5 });
    expect(Math.max(...output.map(Math.abs))).toBeLessThan(0.5 / 32_768);
  });
});

test("a broken sample does not silence the rest of the clip", async () => {
  const input = tone({ frequency: 200, seconds: 2 });
  const broken = Float32Array.from(input);
  broken.set([NaN, Infinity, -Infinity], 1000);
  const output = await stretch(broken, { speed: 0.5, pitch: 1.2 });
  expect(output.every(Number.isFinite)).toBe(true);
  expect(rms(between(output, 2, 3.5))).toBeGreaterThan(0.8 * rms(input));
});

test("other sample rates keep length and pitch", async () => {
  for (const rate of [8000, 22_050, 48_000]) {
    const stretcher = await createStretcher({ sampleRate: rate, speed: 0.8, pitch: 1.5 });
    // 200 Hz at 24 kHz is a fixed share of whatever the rate is.
    const input = tone({ frequency: 600, seconds: 2 });
    const output = concat([stretcher.push(input), stretcher.flush()]);
    expect(output).toHaveLength(Math.round(input.length / 0.8));
    const middle = output.subarray(12_000, 36_000);
    expect(Math.abs(fundamental(middle, 900) / 900 - 1)).toBeLessThan(0.01);
  }
});

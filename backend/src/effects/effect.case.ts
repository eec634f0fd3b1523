// What every effect must do, whatever it changes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Effect, EffectSettings } from "./effect.ts";
import { noise } from "../testing/signals.ts";

export type EffectCase = {
  name: string;
  settings: EffectSettings;
  open: (settings: EffectSettings) => Effect;
};

/** Push these pieces one after another, flush, close; all that came out. */
export async function runEffect(effect: Effect, pieces: Float32Array[]): Promise<Float32Array> {
  const outputs: Float32Array[] = [];
  for (const piece of pieces) outputs.push(await effect.push(piece));
  outputs.push(await effect.flush());
  effect.close();
  return concat(outputs);
}

export function concat(parts: Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Cut into pieces of these lengths, the last one takes the rest. */
export function split(samples: Float32Array, lengths: number[]): Float32Array[] {
  const pieces: Float32Array[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(samples.subarray(at, at + length));
    at += length;
  }
  return [...pieces, samples.subarray(at)];
}

/** Equal bit for bit; far quicker than a comparison that looks for the difference. */
export function expectSameSamples(actual: Float32Array, expected: Float32Array): void {
  expect(actual).toHaveLength(expected.length);
  expect(actual.findIndex((sample, i) => !Object.is(sample, expected[i]))).toBe(-1);
}

export function describeEffect({ name, settings, open }: EffectCase): void {
  const run = (pieces: Float32Array[]): Promise<Float32Array> => runEffect(open(settings), pieces);
  const { sampleRate, speed } = settings;

  describe(`effect contract: ${name}`, () => {
    test.each([0, 1, 2, 7, 100, 239, 240, 241, 2400, 24_001, 240_007])(
      "%i samples become exactly round(n / speed)",
      async (length) => {
        expect(await run([noise(length)])).toHaveLength(Math.round(length / speed));
      },
    );

    test("where the input is cut changes no bit", async () => {
      const input = noise(1.5 * sampleRate);
      const whole = await run([input]);
      const cuts = fc.array(fc.nat({ max: 5000 }), { maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(cuts, async (lengths) => {
          expectSameSamples(await run(split(input, lengths)), whole);
        }),
        { numRuns: 10 },
      );
    });

    test("pieces of 100 ms give what the whole gives", async () => {
      const input = noise(3 * sampleRate);
      const pieceLengths = Array.from({ length: 29 }, () => sampleRate / 10);
      expectSameSamples(await run(split(input, pieceLengths)), await run([input]));
    });

    test("many clips at once give what one alone gives", async () => {
      const input = noise(sampleRate);
      const alone = await run([input]);
      const together = await Promise.all(Array.from({ length: 6 }, () => run([input])));
      for (const output of together) expectSameSamples(output, alone);
    });

    test("calls that do not wait for each other are served in order", async () => {
      const input = noise(sampleRate);
      const effect = open(settings);
      const calls = split(input, [100, 0, 5000, 7]).map((piece) => effect.push(piece));
      const output = concat(await Promise.all([...calls, effect.flush()]));
      effect.close();
      expectSameSamples(output, await run([input]));
    });

    test("the input is left as it was", async () => {
      const input = noise(5000);
      await run([input]);
      expectSameSamples(input, noise(5000));
    });

    test("after close it refuses with `closed`, and a second close does nothing", async () => {
      const effect = open(settings);
      await effect.push(noise(100));
      effect.close();
      effect.close();
      await expect(effect.push(noise(100))).rejects.toMatchObject({ code: "closed" });
      await expect(effect.flush()).rejects.toMatchObject({ code: "closed" });
    });
  });
}

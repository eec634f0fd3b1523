import { describe, expect, test } from "vitest";
import { uniformNoise } from "./noise.ts";
import { applyFirstCodeRules, chooseCode, type SamplerSettings } from "./sampler.ts";

const plain: SamplerSettings = { doSample: true, temperature: 1, topK: 50, topP: 1 };

/** Logits of the probabilities given. */
function logitsOf(...probabilities: number[]): Float32Array {
  return Float32Array.from(probabilities, Math.log);
}

/** How often each code comes, of `draws` at even distances. */
function shares(logits: Float32Array, settings: SamplerSettings, draws = 1000): number[] {
  const counts = Array.from(logits, () => 0);
  for (let draw = 0; draw < draws; draw++) {
    counts[chooseCode(logits, settings, (draw + 0.5) / draws)]! += 1;
  }
  return counts.map((count) => count / draws);
}

describe("choosing a code", () => {
  test("greedy: the likeliest, the first of equals", () => {
    expect(chooseCode(Float32Array.of(1, 3, 3, 2), { ...plain, doSample: false }, 0.9)).toBe(1);
  });

  test("each code as often as it is likely", () => {
    expect(shares(logitsOf(0.1, 0.6, 0.3), plain)).toEqual([0.1, 0.6, 0.3]);
  });

  test("temperature sharpens and flattens", () => {
    const half = shares(logitsOf(0.2, 0.8), { ...plain, temperature: 0.5 });
    expect(half[1]).toBeCloseTo(0.64 / 0.68, 2);
    const double = shares(logitsOf(0.2, 0.8), { ...plain, temperature: 2 });
    expect(double[1]).toBeCloseTo(Math.sqrt(0.8) / (Math.sqrt(0.8) + Math.sqrt(0.2)), 2);
  });

  test("top-k drops what is strictly below the k-th; equals of it stay", () => {
    expect(shares(logitsOf(0.4, 0.3, 0.2, 0.1), { ...plain, topK: 2 })[2]).toBe(0);
    const tied = shares(logitsOf(0.4, 0.2, 0.2, 0.2), { ...plain, topK: 2 });
    expect(tied.every((share) => share > 0)).toBe(true);
    expect(shares(logitsOf(0.5, 0.5), { ...plain, topK: 50 })).toEqual([0.5, 0.5]);
  });

  test("top-k 0 drops nothing", () => {
    expect(shares(logitsOf(0.4, 0.3, 0.2, 0.1), { ...plain, topK: 0 })).toEqual([
      0.4, 0.3, 0.2, 0.1,
    ]);
  });

  test("top-p keeps the likeliest that reach it together", () => {
    const kept = shares(logitsOf(0.5, 0.3, 0.15, 0.05), { ...plain, topP: 0.7 });
    expect(kept.map((share) => share > 0)).toEqual([true, true, false, false]);
    expect(kept[0]).toBeCloseTo(0.5 / 0.8, 2);
  });

  test("a forbidden code never comes, wherever the draw falls", () => {
    const logits = Float32Array.of(-Infinity, 0, -Infinity, 0);
    expect(shares(logits, plain)).toEqual([0, 0.5, 0, 0.5]);
    expect([1, 3]).toContain(chooseCode(logits, plain, 1 - 2 ** -53));
  });
});

describe("the rules of the first code", () => {
  const endOfSpeech = 6;
  const vocabulary = 1030; // six codes, then the controls
  const rules = {
    repetitionPenalty: 2,
    history: new Set<number>(),
    endOfSpeech,
    endForbidden: false,
  };

  function ruled(changes: Partial<typeof rules>, start: (code: number) => number): Float32Array {
    const logits = Float32Array.from({ length: vocabulary }, (_, code) => start(code));
    applyFirstCodeRules(logits, { ...rules, ...changes });
    return logits;
  }

  test("a code that came is penalised once, towards less likely on both sides of 0", () => {
    const logits = ruled({ history: new Set([1, 2]) }, (code) => (code === 2 ? -4 : 4));
    expect([...logits.subarray(0, 4)]).toEqual([4, 2, -8, 4]);
  });

  test("of the controls only end of speech may come", () => {
    const logits = ruled({}, () => 1);
    const allowed = [...logits.keys()].filter((code) => logits[code]! > -Infinity);
    expect(allowed).toEqual([0, 1, 2, 3, 4, 5, endOfSpeech]);
    expect(ruled({ endForbidden: true }, () => 1)[endOfSpeech]).toBe(-Infinity);
  });
});

describe("noise", () => {
  test("depends on seed, frame and group, and on nothing else", () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 53 - 1];
    const values = seeds.flatMap((seed) =>
      [0, 1, 500].flatMap((frame) => [0, 1, 15].map((group) => uniformNoise(seed, frame, group))),
    );
    expect(new Set(values).size).toBe(values.length);
    expect(uniformNoise(7, 3, 2)).toBe(uniformNoise(7, 3, 2));
  });

  test("is even: chi-square over 64 bins, and no two neighbours alike", () => {
    const bins = new Array<number>(64).fill(0);
    const draws = 64_000;
    let products = 0;
    for (let draw = 0; draw < draws; draw++) {
      const value = uniformNoise(draw % 40, Math.floor(draw / 640), Math.floor(draw / 40) % 16);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
      bins[Math.floor(value * 64)]! += 1;
      products +=
        (value - 0.5) *
        (uniformNoise(draw % 40, Math.floor(draw / 640), (Math.floor(draw / 40) % 16) + 1) - 0.5);
    }
    const expected = draws / 64;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(120); // 63 degrees of freedom: beyond it once in 30,000
    expect(Math.abs(products / draws) * 12).toBeLessThan(0.02);
  });
});

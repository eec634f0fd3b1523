// The recent real-time factor, and how much a player should hold because of it.
import type { EngineStatus } from "qwen3-tts";
import { describe, expect, test } from "vitest";
import { ProductionRate, slowestPace } from "./production-rate.ts";

test("nothing is known before the first request: no hint, a guess of a second", () => {
  const rate = new ProductionRate();
  expect([rate.realTimeFactor, rate.meanSeconds]).toEqual([null, 1]);
  expect(rate.recommendedPrebufferMs(100)).toBe(0);
});

test("the hint is D(1 - 1/r), and nothing when speech is made faster than it is heard", () => {
  const slow = new ProductionRate();
  slow.add(20, 10);
  expect(slow.realTimeFactor).toBe(2);
  expect(slow.recommendedPrebufferMs(8)).toBe(4000);
  const fast = new ProductionRate();
  fast.add(5, 10);
  expect(fast.recommendedPrebufferMs(8)).toBe(0);
});

describe("of an engine that measured itself", () => {
  const pace = { realTimeFactor: 2, pieceSeconds: 0.32, costsMs: {} };

  test("the first listener has a hint, and the first request knows better", () => {
    const rate = new ProductionRate(() => pace);
    expect(rate.realTimeFactor).toBe(2);
    expect(rate.recommendedPrebufferMs(8)).toBe(4000 + 320);
    rate.add(30, 10);
    expect(rate.realTimeFactor).toBe(3);
  });

  test("what is loaded later counts as soon as it is measured", () => {
    const model: { pace?: typeof pace } = {};
    const rate = new ProductionRate(() => model.pace);
    expect(rate.recommendedPrebufferMs(8)).toBe(0);
    model.pace = pace;
    expect(rate.recommendedPrebufferMs(8)).toBeGreaterThan(4000);
  });

  test("the hint is never longer than the clip", () => {
    expect(new ProductionRate(() => pace).recommendedPrebufferMs(0.1)).toBe(100);
  });

  // Calls of 1, 1, 2, 4, 4, … frames, as the scheduler makes them.
  test.each([0.3, 0.5, 0.55, 0.7, 0.9, 1, 1.3, 2, 4])(
    "who holds the hint back hears no gap at factor %d",
    (realTimeFactor) => {
      const frameSeconds = 0.08;
      const [frames, ends] = [100, [1, 2, 4]];
      for (let end = 8; end <= frames; end += 4) ends.push(end);
      const hint = new ProductionRate(() => ({ ...pace, realTimeFactor }));
      const held = hint.recommendedPrebufferMs(frames * frameSeconds) / 1000;
      const madeAt = (frame: number) => frame * frameSeconds * realTimeFactor;
      const enough = ends.find((end) => end * frameSeconds >= held)!;
      let dry = madeAt(enough) + enough * frameSeconds;
      for (const end of ends.filter((each) => each > enough)) {
        expect(madeAt(end)).toBeLessThanOrEqual(dry + 1e-9);
        dry = madeAt(enough) + end * frameSeconds;
      }
    },
  );

  test("of several models the slowest decides", () => {
    const models = [{ pace }, { pace: { ...pace, realTimeFactor: 3 } }, {}];
    expect(slowestPace({ models } as EngineStatus)?.realTimeFactor).toBe(3);
    expect(slowestPace({ models: [{}] } as EngineStatus)).toBeUndefined();
  });
});

test("the last ten or so requests decide: a change of load shows and noise does not", () => {
  const rate = new ProductionRate();
  for (let count = 0; count < 100; count += 1) rate.add(1, 10);
  rate.add(30, 10);
  expect(rate.realTimeFactor).toBeCloseTo(0.68, 5);
  for (let count = 0; count < 10; count += 1) rate.add(30, 10);
  expect(rate.realTimeFactor).toBeGreaterThan(2.5);
  expect(rate.meanSeconds).toBeGreaterThan(25);
});

test("a clip without audio says nothing about the rate", () => {
  const rate = new ProductionRate();
  rate.add(5, 0);
  expect([rate.realTimeFactor, rate.meanSeconds]).toEqual([null, 1]);
});

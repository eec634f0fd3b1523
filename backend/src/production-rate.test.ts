// The recent real-time factor, alone and in company, and how much a player should hold because of it.
import type { EngineStatus } from "qwen3-tts";
import { describe, expect, test } from "vitest";
import { ProductionRate, slowestPace } from "./production-rate.ts";

/** A clip made by itself. */
function made(rate: ProductionRate, producingSeconds: number, audioSeconds: number): void {
  rate.begin()({ producingSeconds, audioSeconds });
}

test("nothing is known before the first request: no hint, a guess of a second", () => {
  const rate = new ProductionRate();
  expect([rate.realTimeFactor, rate.meanSeconds]).toEqual([null, 1]);
  expect(rate.recommendedPrebufferMs(100)).toBe(0);
});

test("the hint is D(1 - 1/r), and nothing when speech is made faster than it is heard", () => {
  const slow = new ProductionRate();
  made(slow, 20, 10);
  expect(slow.realTimeFactor).toBe(2);
  expect(slow.recommendedPrebufferMs(8)).toBe(4000);
  const fast = new ProductionRate();
  made(fast, 5, 10);
  expect(fast.recommendedPrebufferMs(8)).toBe(0);
});

describe("of an engine that measured itself", () => {
  const pace = { realTimeFactor: 2, pieceSeconds: 0.32, costsMs: {} };

  test("the first listener has a hint, and the first request knows better", () => {
    const rate = new ProductionRate(() => pace);
    expect(rate.realTimeFactor).toBe(2);
    expect(rate.recommendedPrebufferMs(8)).toBe(4000 + 320);
    made(rate, 30, 10);
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
  for (let count = 0; count < 100; count += 1) made(rate, 1, 10);
  made(rate, 30, 10);
  expect(rate.realTimeFactor).toBeCloseTo(0.68, 5);
  for (let count = 0; count < 10; count += 1) made(rate, 30, 10);
  expect(rate.realTimeFactor).toBeGreaterThan(2.5);
  expect(rate.meanSeconds).toBeGreaterThan(25);
});

describe("of clips that are made at once", () => {
  let nowMs = 0;
  const timed = (pace?: ConstructorParameters<typeof ProductionRate>[0]) =>
    new ProductionRate(pace, () => nowMs);

  /** So many clips, all from the same time to the same time, each of 10 s at `factor`. */
  function madeTogether(rate: ProductionRate, company: number, factor: number): void {
    const ends = Array.from({ length: company }, () => rate.begin());
    nowMs += 1000;
    for (const end of ends) end({ producingSeconds: 10 * factor, audioSeconds: 10 });
  }

  /** What a listener is told who begins beside so many others. */
  function factorBeside(rate: ProductionRate, others: number): number | null {
    const ends = Array.from({ length: others + 1 }, () => rate.begin());
    const factor = rate.realTimeFactor;
    for (const end of ends) end(undefined);
    return factor;
  }

  test("each company has its own factor", () => {
    const rate = timed();
    for (let count = 0; count < 30; count++) {
      madeTogether(rate, 1, 0.8);
      madeTogether(rate, 3, 2);
    }
    expect(factorBeside(rate, 0)).toBeCloseTo(0.8, 2);
    expect(factorBeside(rate, 2)).toBeCloseTo(2, 2);
    expect(rate.realTimeFactor).toBeCloseTo(0.8, 2);
  });

  test("one that nobody has been in is reckoned from a smaller one: they take turns", () => {
    const rate = timed(() => ({ realTimeFactor: 0.9, pieceSeconds: 0, costsMs: {} }));
    expect(factorBeside(rate, 2)).toBeCloseTo(2.7);
    madeTogether(rate, 2, 1.2);
    expect(factorBeside(rate, 2)).toBeCloseTo(1.8);
  });

  test("who was never alone is told of the smallest company", () => {
    const rate = timed();
    madeTogether(rate, 4, 3);
    expect(factorBeside(rate, 0)).toBe(3);
  });

  test("who had company for a part of its time counts with what it had on average", () => {
    const rate = timed();
    const first = rate.begin();
    nowMs += 100;
    const second = rate.begin();
    nowMs += 900;
    first({ producingSeconds: 20, audioSeconds: 10 }); // 1.9 on average
    second(undefined);
    madeTogether(rate, 1, 1);
    expect(factorBeside(rate, 0)).toBe(1);
    expect(factorBeside(rate, 1)).toBe(2);
  });

  test("a listener beside two others holds back what is late in that company", () => {
    const rate = timed();
    madeTogether(rate, 1, 0.4);
    madeTogether(rate, 3, 2);
    const [end, ...others] = [rate.begin(), rate.begin(), rate.begin()];
    expect(rate.recommendedPrebufferMs(8)).toBe(4000);
    for (const other of others) other(undefined);
    expect(rate.recommendedPrebufferMs(8)).toBe(0);
    end(undefined);
  });
});

test("a clip without audio says nothing about the rate", () => {
  const rate = new ProductionRate();
  made(rate, 5, 0);
  expect([rate.realTimeFactor, rate.meanSeconds]).toEqual([null, 1]);
});

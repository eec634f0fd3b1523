// The recent real-time factor, and how much a player should hold because of it.
import { expect, test } from "vitest";
import { ProductionRate } from "./production-rate.ts";

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

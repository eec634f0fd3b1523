// A sign of life is owed when the plan's cost is over, and only a step's end settles a step.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Progress } from "./progress.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["hrtime"] }));
afterEach(() => vi.useRealTimers());

test("a step is overdue only beyond what it was planned to cost", () => {
  const compute = new Progress();
  const control = new Progress(compute.buffer);
  compute.planned(5_000);
  vi.advanceTimersByTime(5_000);
  expect(control.overdueMs()).toBe(0);
  vi.advanceTimersByTime(300);
  expect(control.overdueMs()).toBeCloseTo(300, 3);
  compute.stepDone();
  expect(control.overdueMs()).toBe(0);
});

test("a thread that answers while its step does not end is overdue all the same", () => {
  const progress = new Progress();
  progress.planned(0);
  vi.advanceTimersByTime(100);
  progress.alive();
  expect(progress.overdueMs()).toBeCloseTo(100, 3);
});

test("an idle thread that answers owes nothing", () => {
  const progress = new Progress();
  progress.alive();
  vi.advanceTimersByTime(100);
  progress.alive();
  expect(progress.overdueMs()).toBe(0);
});

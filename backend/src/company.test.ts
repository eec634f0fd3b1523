// How many are there at once, and how many on average.
import { expect, test } from "vitest";
import { Company } from "./company.ts";

test("who leaves is told how many there were on average, itself among them", () => {
  let nowMs = 50;
  const company = new Company(() => nowMs);
  const first = company.enter();
  nowMs += 10;
  const second = company.enter();
  nowMs += 20;
  const third = company.enter();
  expect(company.size).toBe(3);
  nowMs += 30;
  expect(first()).toBeCloseTo((10 + 2 * 20 + 3 * 30) / 60);
  nowMs += 40;
  expect(third()).toBeCloseTo((3 * 30 + 2 * 40) / 70);
  expect(second()).toBeCloseTo((2 * 20 + 3 * 30 + 2 * 40) / 90);
  expect(company.size).toBe(0);
});

test("who stays no time is told how many there are", () => {
  const company = new Company(() => 7);
  const first = company.enter();
  const second = company.enter();
  expect(second()).toBe(2);
  expect(first()).toBe(1);
});

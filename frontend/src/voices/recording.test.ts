// What a recording must be and how it is cut: spans stay inside and long enough, levels have words.
import { expect, test } from "vitest";
import { describeLevel, firstSpan, lengthProblem, moveSpan, nameProblem } from "./recording.ts";

test("all of a short recording is chosen, and the first 30 s of a long one", () => {
  expect(firstSpan(8)).toEqual({ from: 0, to: 8 });
  expect(firstSpan(75)).toEqual({ from: 0, to: 30 });
});

test("an end stays inside the sound and 3 s from the other", () => {
  const span = { from: 2, to: 8 };
  expect(moveSpan(span, { from: 4 }, 10)).toEqual({ from: 4, to: 8 });
  expect(moveSpan(span, { from: 7 }, 10)).toEqual({ from: 5, to: 8 });
  expect(moveSpan(span, { from: -1 }, 10)).toEqual({ from: 0, to: 8 });
  expect(moveSpan(span, { to: 20 }, 10)).toEqual({ from: 2, to: 10 });
  expect(moveSpan(span, { to: 1 }, 10)).toEqual({ from: 2, to: 5 });
  expect(moveSpan({ from: 0, to: 2 }, { to: 1 }, 2)).toEqual({ from: 0, to: 2 });
});

test.each([
  [{ from: 0, to: 2.9 }, "2.9 s"],
  [{ from: 10, to: 45 }, "35.0 s"],
  [{ from: 1, to: 4 }, undefined],
  [{ from: 0, to: 30 }, undefined],
])("%j: %s", (span, words) => {
  const problem = lengthProblem(span);
  if (words === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(words);
});

test("levels: clipping is loud, speech is good, a whisper is quiet", () => {
  expect(describeLevel(1)).toMatchObject({ tone: "loud", share: 1 });
  expect(describeLevel(0.4).tone).toBe("good");
  expect(describeLevel(0.02).tone).toBe("quiet");
  expect(describeLevel(0)).toMatchObject({ tone: "quiet", share: 0 });
});

test("a name is there, short enough and its own, without regard to case", () => {
  expect(nameProblem("  ", [])).toBeDefined();
  expect(nameProblem("x".repeat(65), [])).toContain("64");
  expect(nameProblem("ryan", ["Ryan"])).toBeDefined();
  expect(nameProblem("Großmutter 声", ["Ryan"])).toBeUndefined();
});

// Rough lengths of texts: for hints and ceilings only, so the bounds here are rough too.
import { expect, test } from "vitest";
import { estimateSpeechSeconds } from "./speech-length.ts";

test.each([
  ["", 0, 0],
  ["x".repeat(140), 10, 10],
  ["The quick brown fox jumps over the lazy dog.", 2.5, 4],
  ["今天天气很好，我们去公园散步吧。", 2.5, 4.5],
  ["こんにちは、世界。", 1.5, 2.5],
  ["안녕하세요 세계", 1, 2.5],
])("%s", (text, least, most) => {
  const seconds = estimateSpeechSeconds(text);
  expect(seconds).toBeGreaterThanOrEqual(least);
  expect(seconds).toBeLessThanOrEqual(most);
});

test("a character of four bytes counts once", () => {
  expect(estimateSpeechSeconds("𝕏".repeat(14))).toBeCloseTo(1);
  expect(estimateSpeechSeconds("𠮷".repeat(9))).toBeCloseTo(2);
});

test("the longest text of the contract is minutes, not hours", () => {
  expect(estimateSpeechSeconds("word ".repeat(1000))).toBeCloseTo(357, 0);
});

import { expect, test } from "vitest";
import { initialSettings, seedProblem, textLength, toSpeechBody } from "./settings.ts";

const settings = { ...initialSettings, speaker: "Ryan", language: "English" };

test("a body has what was chosen and nothing that the server would refuse", () => {
  expect(toSpeechBody("Hi", settings, true)).toEqual({
    text: "Hi",
    speaker: "Ryan",
    language: "English",
    speed: 1,
    pitch: 1,
  });
  const more = { ...settings, instruct: " calm ", seed: " 42 " };
  expect(toSpeechBody("Hi", more, true)).toMatchObject({ instruct: "calm", seed: 42 });
  expect(toSpeechBody("Hi", more, false)).not.toHaveProperty("instruct");
});

test("characters are counted as the server does: code points, trimmed", () => {
  expect(textLength("  🎧声a ")).toBe(3);
});

test.each([
  ["", true],
  ["0", true],
  ["9007199254740991", true],
  ["9007199254740992", false],
  ["-1", false],
  ["1.5", false],
  ["one", false],
])("seed %j is fine: %s", (seed, fine) => {
  expect(seedProblem(seed) === undefined).toBe(fine);
});

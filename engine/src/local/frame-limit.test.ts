import { expect, test } from "vitest";
import { defaultRunawayLimits } from "../scheduler/runaway-guard.ts";
import { frameLimit } from "./frame-limit.ts";

const model = {
  modelFrames: 8191,
  textTokens: 4,
  framesPerSecond: 12.5,
  runaway: defaultRunawayLimits,
};
const sampled = { limits: {}, sampling: {} };

test("speech far beyond its text is a runaway, unless nobody guards it", () => {
  expect(frameLimit(sampled, model)).toEqual({ frames: 225, reason: "runaway" });
  const unguarded = { frames: 8191, reason: "length" };
  expect(frameLimit({ ...sampled, sampling: { greedy: true } }, model)).toEqual(unguarded);
  expect(frameLimit({ ...sampled, limits: { runawayGuard: false } }, model)).toEqual(unguarded);
  expect(frameLimit(sampled, { ...model, textTokens: 2000 })).toEqual(unguarded);
  const strict = { secondsPerToken: 1, secondsMore: 1 };
  expect(frameLimit(sampled, { ...model, runaway: strict }).frames).toBe(63);
});

test("what the request asks for is `length`", () => {
  expect(frameLimit({ ...sampled, limits: { maxSeconds: 2 } }, model)).toEqual({
    frames: 25,
    reason: "length",
  });
  expect(frameLimit({ ...sampled, limits: { maxSeconds: 0.01 } }, model).frames).toBe(1);
});

test("the guard never cuts what must be spoken", () => {
  const limits = { minFrames: 400 };
  expect(frameLimit({ ...sampled, limits }, model)).toEqual({ frames: 400, reason: "runaway" });
});

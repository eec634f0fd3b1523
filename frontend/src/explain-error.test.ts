// Every way to fail has words, and they name what to do.
import type { ErrorCode } from "qwen-tts/protocol";
import { expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
import { explainError, explainFinish } from "./explain-error.ts";

test("a full queue says how many wait and when to come back", () => {
  const error = new ApiError("queue_full", "Full.", {
    status: 429,
    retryAfterSeconds: 3,
    body: { queue_length: 12 },
  });
  const { title, advice } = explainError(error);
  expect(title).toContain("12 waiting");
  expect(advice).toBe("Try again in 3 seconds.");
});

test("a refusal shows the server's own sentence, and the names where it does not say them", () => {
  const body = { available: ["Ryan", "Vivian"] };
  const says = new ApiError("unknown_speaker", "Unknown speaker. Available: Ryan, Vivian.", {
    body,
  });
  expect(explainError(says)).toEqual({ title: says.detail, advice: "" });
  const silent = new ApiError("unknown_speaker", "Unknown speaker 'Bob'.", { body });
  expect(explainError(silent).advice).toBe("Choose one of: Ryan, Vivian.");
});

test.each([
  ["unreachable", "npm start|running"],
  ["cut", "played and downloaded"],
  ["unauthorized", "key"],
  ["body_too_large", "Shorten"],
  ["engine_not_ready", "try again"],
  ["engine_crashed", "once more"],
  ["out_of_memory", "shorter"],
] satisfies [ErrorCode | "unreachable" | "cut", string][])("%s says what to do", (code, words) => {
  const { title, advice } = explainError(new ApiError(code, "It did not work."));
  expect(`${title} ${advice}`).toMatch(new RegExp(words));
});

test("a failure of the page itself is not blamed on the server", () => {
  expect(explainError(new TypeError("no audio")).title).toContain("page");
});

test("a normal end needs no words, every other end has some", () => {
  expect(explainFinish("stop")).toBeUndefined();
  expect(explainFinish(null)).toBeUndefined();
  for (const reason of ["length", "runaway", "cancelled"] as const)
    expect(explainFinish(reason)?.title).not.toBe("");
});

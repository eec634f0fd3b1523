import { expect, test } from "vitest";
import { canWait, createListener, giveAudio, nextDueMs, type Listener } from "./listener.ts";

const live = (playbackRate: number): Listener => createListener({ kind: "live", playbackRate });

test("a first sound is due before everything else", () => {
  expect(nextDueMs(live(1), 0, 1000)).toBe(-Infinity);
});

test("what was made lasts as long as it sounds: at speed 4 a quarter", () => {
  const [slow, fast] = [live(1), live(4)];
  for (const listener of [slow, fast]) {
    giveAudio(listener, 0.4, 1000);
    giveAudio(listener, 0.4, 1050);
  }
  expect([nextDueMs(slow, 0, 1100), nextDueMs(fast, 0, 1100)]).toEqual([1800, 1200]);
});

test("who ran dry goes on at once, and is not in debt", () => {
  const listener = live(1);
  giveAudio(listener, 0.08, 0);
  expect(nextDueMs(listener, 0, 500)).toBe(80);
  giveAudio(listener, 0.08, 500);
  expect(nextDueMs(listener, 0, 500)).toBe(580);
});

test("who has not fetched what was made is in no hurry", () => {
  const listener = live(2);
  giveAudio(listener, 0.08, 0);
  expect(nextDueMs(listener, 0.08, 5000)).toBe(5040);
});

test("a file waits for two seconds, not for ever", () => {
  const file = createListener({ kind: "whole" });
  giveAudio(file, 10, 0);
  expect(nextDueMs(file, 0, 1000)).toBe(3000);
});

test("who holds something back is in no hurry until it plays, but for the first piece", () => {
  const listener = createListener({ kind: "live", playbackRate: 2, prebufferSeconds: 0.5 });
  expect(nextDueMs(listener, 0, 0)).toBe(-Infinity);
  giveAudio(listener, 0.8, 100); // 0.4 s at that rate
  expect(nextDueMs(listener, 0, 1000)).toBe(3000);
  giveAudio(listener, 0.4, 1100); // it plays, and has 0.6 s
  expect(nextDueMs(listener, 0, 1200)).toBe(1700);
});

test("who has half a second to hear can wait, and a file, neither for ever", () => {
  const [listener, file] = [live(1), createListener({ kind: "whole" })];
  const at = (who: Listener, nowMs: number, idleMs = 0) =>
    canWait(idleMs, nextDueMs(who, 0, nowMs) - nowMs);
  expect([at(listener, 0), at(file, 0)]).toEqual([false, true]);
  giveAudio(listener, 1, 0);
  expect([at(listener, 400), at(listener, 600)]).toEqual([true, false]);
  expect([at(listener, 400, 2100), at(file, 400, 1900), at(file, 400, 2100)]).toEqual([
    ...[false, true, false],
  ]);
});

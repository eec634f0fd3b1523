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

test("a listener can wait who has half a second to hear", () => {
  const listener = live(1);
  const at = (nowMs: number) =>
    canWait(listener, { idleMs: 0, dueMs: nextDueMs(listener, 0, nowMs), nowMs });
  expect(at(0)).toBe(false);
  giveAudio(listener, 1, 0);
  expect([at(400), at(600)]).toEqual([true, false]);
});

test("a file can wait for two seconds, not for ever", () => {
  const file = createListener({ kind: "whole" });
  const after = (idleMs: number) => canWait(file, { idleMs, dueMs: 3000, nowMs: 1000 });
  expect([after(1900), after(2100)]).toEqual([true, false]);
});

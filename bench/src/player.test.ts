import { expect, test } from "vitest";
import { playback } from "./player.ts";

/** 100 ms of audio every `everyMs`. */
const arriving = (everyMs: number, pieces: number) =>
  Array.from({ length: pieces }, (_, index) => ({ atMs: index * everyMs, audioMs: 100 }));

test("audio that comes faster than it plays has no gaps", () => {
  expect(playback(arriving(90, 20), 0)).toEqual({ underruns: 0, silentMs: 0 });
});

test("audio that comes slower has a gap before each piece", () => {
  expect(playback(arriving(150, 5), 0)).toEqual({ underruns: 4, silentMs: 200 });
});

test("what is held back bridges as much", () => {
  expect(playback(arriving(150, 5), 300)).toEqual({ underruns: 0, silentMs: 0 });
  expect(playback(arriving(150, 9), 300).underruns).toBeGreaterThan(0);
});

test("a clip shorter than what should be held back is played at its end", () => {
  expect(playback(arriving(150, 2), 5000)).toEqual({ underruns: 0, silentMs: 0 });
});

import { describe, expect, test } from "vitest";
import { Playback, type Piece } from "./playback.ts";

/** The gaps of pieces of 80 ms that come at these times, each waited for since the one before. */
function gaps(prebufferSeconds: number, times: number[]): number[] {
  const playback = new Playback(prebufferSeconds);
  return times.map((atMs, index) =>
    playback.add({ atMs, waitedMs: atMs - (times[index - 1] ?? 0), seconds: 0.08 }),
  );
}

describe("a player", () => {
  test("hears no gap while each piece comes before the one before it ends", () => {
    expect(gaps(0, [500, 580, 650, 700, 819])).toEqual([0, 0, 0, 0, 0]);
  });

  test("hears a gap of what a piece is late, and goes on at once", () => {
    expect(gaps(0, [0, 200, 280, 400])).toEqual([0, 0.12, 0, 0.04]);
  });

  test("that holds back enough hears none", () => {
    expect(gaps(0.16, [0, 200, 280, 400])).toEqual([0, 0, 0, 0]);
  });

  test("hears nothing before it starts, however late that is", () => {
    expect(gaps(10, [0, 1000, 2000, 3000])).toEqual([0, 0, 0, 0]);
  });
});

test("what waited for its reader was not late", () => {
  const playback = new Playback(0);
  const piece = (atMs: number, waitedMs: number): Piece => ({ atMs, waitedMs, seconds: 0.08 });
  playback.add(piece(0, 0));
  expect(playback.add(piece(5000, 0))).toBe(0);
  expect(playback.add(piece(9000, 50))).toBe(0.05);
});

test("what a sound card's buffer covers is no gap", () => {
  expect(gaps(0, [0, 85, 165])).toEqual([0, 0, 0]);
});

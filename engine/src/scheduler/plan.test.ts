import { describe, expect, test } from "vitest";
import {
  codecCallFrames,
  framesToDecode,
  hasRoom,
  isEmpty,
  planStep,
  type RowView,
} from "./plan.ts";

function row(changes: Partial<RowView> = {}): { view: RowView } {
  return {
    view: {
      phase: "speaking",
      live: false,
      parked: false,
      decodedFrames: 0,
      pendingFrames: 0,
      isFirstDecoding: false,
      awaited: false,
      canWait: false,
      lastFrameMs: 0,
      ...changes,
    },
  };
}

describe("a plan", () => {
  const plan = (rows: readonly ReturnType<typeof row>[]) => planStep(rows, true);

  test("steps every row that speaks and is not parked", () => {
    const speaking = row();
    const rows = [row({ parked: true }), speaking, row({ phase: "finished" })];
    expect(plan(rows)).toEqual({ prefill: undefined, step: [speaking] });
  });

  test("takes in one prompt at a time, the oldest, beside the others' steps", () => {
    const [speaking, first, second] = [row(), row({ phase: "prefill" }), row({ phase: "prefill" })];
    expect(plan([speaking, first, second])).toEqual({ prefill: first, step: [speaking] });
  });

  test("takes in the prompt first that somebody waits for with open ears", () => {
    const [file, first] = [row({ phase: "prefill" }), row({ phase: "prefill", awaited: true })];
    const later = row({ phase: "prefill", awaited: true });
    expect(plan([file, first, later]).prefill).toBe(first);
  });

  test("lets who can wait make no frame while somebody waits for a first sound", () => {
    const [patient, hurried, file] = [row({ canWait: true }), row(), row({ phase: "prefill" })];
    const prompt = row({ phase: "prefill", awaited: true });
    expect(plan([patient, hurried, file, prompt])).toEqual({
      prefill: prompt,
      step: [hurried],
    });
    const first = row({ awaited: true });
    expect(plan([patient, hurried, file, first])).toEqual({
      prefill: undefined,
      step: [hurried, first],
    });
    expect(plan([patient, hurried, file])).toEqual({ prefill: file, step: [patient, hurried] });
  });

  test("makes a first frame before it takes another prompt in", () => {
    const [first, later] = [row({ awaited: true }), row({ phase: "prefill", awaited: true })];
    expect(plan([first, later])).toEqual({ prefill: undefined, step: [first] });
  });

  test("lets a listener's first sound be made alone, a file's not", () => {
    const others = [row(), row({ phase: "prefill" })];
    expect(isEmpty(plan([...others, row({ live: true, isFirstDecoding: true })]))).toBe(true);
    expect(plan([...others, row({ isFirstDecoding: true })]).step).toHaveLength(2);
  });

  test("has one row where rows take turns: who waits for a first sound, then who has waited longest", () => {
    const [later, sooner] = [row({ lastFrameMs: 20 }), row({ lastFrameMs: 10 })];
    const inTurn = (rows: readonly ReturnType<typeof row>[]) => planStep(rows, false).step;
    expect(inTurn([later, sooner])).toEqual([sooner]);
    const first = row({ awaited: true, lastFrameMs: 30 });
    expect(inTurn([later, sooner, first])).toEqual([first]);
    expect(inTurn([])).toEqual([]);
  });

  test("is empty when nobody can go on", () => {
    expect(isEmpty(plan([row({ parked: true }), row({ phase: "finished" })]))).toBe(true);
    expect(isEmpty(plan([row({ phase: "prefill" })]))).toBe(false);
  });
});

test("there is room for so many rows, each as long as the longest", () => {
  const room = { rows: 3, positions: 1000 };
  expect(hasRoom([], 1000, room)).toBe(true);
  expect(hasRoom([], 1001, room)).toBe(false);
  expect(hasRoom([500], 100, room)).toBe(true);
  expect(hasRoom([501], 100, room)).toBe(false);
  expect(hasRoom([100], 501, room)).toBe(false);
  expect(hasRoom([10, 10, 10], 10, room)).toBe(false);
});

describe("codec calls", () => {
  test("grow from one frame to four, by the frames before alone", () => {
    const calls: number[] = [];
    for (let decoded = 0; calls.length < 7; decoded += calls.at(-1)!) {
      calls.push(codecCallFrames(decoded));
    }
    expect(calls).toEqual([1, 1, 2, 4, 4, 4, 4]);
  });

  test("wait for a whole call, and take what is left at the end", () => {
    expect(framesToDecode(row({ decodedFrames: 4, pendingFrames: 3 }).view)).toBe(0);
    expect(framesToDecode(row({ decodedFrames: 4, pendingFrames: 5 }).view)).toBe(4);
    const finished = row({ phase: "finished", decodedFrames: 4, pendingFrames: 3 });
    expect(framesToDecode(finished.view)).toBe(3);
  });
});

// The history's bounds.
import fc from "fast-check";
import { expect, test } from "vitest";
import { clipsToDrop } from "./prune.ts";

function clip(id: string, createdAt: number, bytes = 1) {
  return { id, createdAt, bytes };
}

test("keeps all that fits", () => {
  expect(clipsToDrop([clip("a", 1), clip("b", 2)], { clips: 2, bytes: 2 })).toEqual([]);
});

test("drops the oldest when there are too many, in whatever order they come", () => {
  const clips = [clip("old", 1), clip("new", 9), clip("older", 0), clip("mid", 5)];
  expect(clipsToDrop(clips, { clips: 2, bytes: 100 }).sort()).toEqual(["old", "older"]);
});

test("drops the oldest when they are too big, but never the newest", () => {
  const clips = [clip("new", 9, 60), clip("mid", 5, 60), clip("old", 1, 10)];
  expect(clipsToDrop(clips, { clips: 50, bytes: 100 })).toEqual(["mid", "old"]);
  expect(clipsToDrop([clip("huge", 1, 999)], { clips: 50, bytes: 100 })).toEqual([]);
});

test("what stays is within the bounds and newer than what goes", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 10 }), (bytes, most) => {
      const clips = bytes.map((size, i) => clip(String(i), i, size));
      const dropped = new Set(clipsToDrop(clips, { clips: most, bytes: 100 }));
      const kept = clips.filter(({ id }) => !dropped.has(id));
      expect(kept.length).toBeLessThanOrEqual(most);
      expect(kept.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(100);
      const oldestKept = Math.min(...kept.map(({ createdAt }) => createdAt));
      expect(clips.every(({ id, createdAt }) => dropped.has(id) === createdAt < oldestKept)).toBe(
        true,
      );
    }),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextTurn, type Turn } from "./turns.ts";

const live = (id: number, turns: number): Turn => ({ id, background: false, willing: true, turns });
const background = (id: number, turns: number): Turn => ({ ...live(id, turns), background: true });

describe("who is next", () => {
  test("a request without audio goes before one that has some, whoever came first", () => {
    expect(nextTurn([live(1, 5), live(2, 0)], { cores: 2, busy: 0, busyBackground: 0 })).toBe(2);
  });

  test("listened to goes before background", () => {
    const turns = [background(1, 0), live(2, 9)];
    expect(nextTurn(turns, { cores: 2, busy: 0, busyBackground: 0 })).toBe(2);
  });

  test("background may use every core, and leaves one more place to a live request", () => {
    const full = { cores: 2, busy: 2, busyBackground: 2 };
    expect(nextTurn([background(1, 0)], { cores: 2, busy: 1, busyBackground: 1 })).toBe(1);
    expect(nextTurn([background(1, 0)], full)).toBeNull();
    expect(nextTurn([background(1, 0), live(2, 0)], full)).toBe(2);
  });

  test("live requests alone do not go beyond the cores", () => {
    expect(nextTurn([live(1, 0)], { cores: 2, busy: 2, busyBackground: 0 })).toBeNull();
  });
});

test("turns are fair: a short request is never behind more than one segment of each other", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 8 }),
      (sizes) => {
        const left = sizes.map((segments, id) => ({ ...live(id, 0), segments }));
        const order: number[] = [];
        for (;;) {
          const turns = left.map((one) => ({ ...one, willing: one.segments > 0 }));
          const id = nextTurn(turns, { cores: 1, busy: 0, busyBackground: 0 });
          if (id === null) break;
          order.push(id);
          left[id]!.segments -= 1;
          left[id]!.turns += 1;
        }
        const shortest = sizes.indexOf(Math.min(...sizes));
        const position = order.lastIndexOf(shortest) + 1;
        expect(position).toBeLessThanOrEqual(sizes[shortest]! * sizes.length);
        expect(order).toHaveLength(sizes.reduce((sum, size) => sum + size, 0));
      },
    ),
  );
});

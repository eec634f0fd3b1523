import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextInterrupted, nextTurn, type Speaking, type Turn } from "./turns.ts";

const live = (id: number, turns: number): Turn => ({ id, background: false, willing: true, turns });
const background = (id: number, turns: number): Turn => ({ ...live(id, turns), background: true });

describe("who is next", () => {
  test("a request without audio goes before one that has some, whoever came first", () => {
    expect(nextTurn([live(1, 5), live(2, 0)])?.id).toBe(2);
  });

  test("listened to goes before background", () => {
    expect(nextTurn([background(1, 0), live(2, 9)])?.id).toBe(2);
  });

  test("nobody, when none is willing", () => {
    expect(nextTurn([{ ...live(1, 0), willing: false }])).toBeUndefined();
  });
});

describe("who is interrupted", () => {
  const enough = 1000;
  const speaking = (id: number, changes: Partial<Speaking> = {}): Speaking => ({
    id,
    background: false,
    samples: 0,
    interrupted: false,
    ...changes,
  });

  test("a background segment at once, a live one when its listener has enough", () => {
    const waiting = [live(9, 0)];
    expect(
      nextInterrupted(waiting, [speaking(1), speaking(2, { background: true })], enough)?.id,
    ).toBe(2);
    expect(nextInterrupted(waiting, [speaking(1, { samples: 999 })], enough)).toBeUndefined();
    expect(nextInterrupted(waiting, [speaking(1, { samples: 1000 })], enough)?.id).toBe(1);
  });

  test("never twice, and never for a request that has audio or that nobody hears", () => {
    const running = [speaking(1, { background: true })];
    expect(nextInterrupted([live(9, 1)], running, enough)).toBeUndefined();
    expect(nextInterrupted([background(9, 0)], running, enough)).toBeUndefined();
    const before = [speaking(1, { background: true, interrupted: true })];
    expect(nextInterrupted([live(9, 0)], before, enough)).toBeUndefined();
  });
});

test("turns are fair: a short request is never behind more than one segment of each other", () => {
  const sizesOf = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(sizesOf, (sizes) => {
      const left = sizes.map((segments, id) => ({ ...live(id, 0), segments }));
      const order: number[] = [];
      for (;;) {
        const turn = nextTurn(left.map((one) => ({ ...one, willing: one.segments > 0 })));
        if (turn === undefined) break;
        order.push(turn.id);
        left[turn.id]!.segments -= 1;
        left[turn.id]!.turns += 1;
      }
      const shortest = sizes.indexOf(Math.min(...sizes));
      const position = order.lastIndexOf(shortest) + 1;
      expect(position).toBeLessThanOrEqual(sizes[shortest]! * sizes.length);
      expect(order).toHaveLength(sizes.reduce((sum, size) => sum + size, 0));
    }),
  );
});

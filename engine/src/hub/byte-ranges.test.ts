import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteRanges, type ByteRange } from "./byte-ranges.ts";

const size = 60;
const range = fc
  .tuple(fc.nat(size), fc.nat(size))
  .map(([a, b]): ByteRange => [Math.min(a, b), Math.max(a, b)]);

test("knows of each byte whether it is there, whatever comes in whichever order", () => {
  fc.assert(
    fc.property(fc.array(range), fc.integer({ min: 1, max: size }), (added, pieceBytes) => {
      const ranges = new ByteRanges(added);
      const there = Array.from({ length: size }, (_, at) =>
        added.some(([start, past]) => start <= at && at < past),
      );
      const missing = ranges.missing(size, pieceBytes);
      const asked = missing.flatMap(([start, past]) =>
        Array.from({ length: past - start }, (_, step) => start + step),
      );
      expect(asked).toEqual([...there.keys()].filter((at) => !there[at]));
      expect(missing.every(([start, past]) => past - start <= pieceBytes)).toBe(true);
      expect(ranges.total).toBe(there.filter(Boolean).length);
      expect(ranges.prefix).toBe(there.includes(false) ? there.indexOf(false) : size);
      expect(new ByteRanges(ranges.toJSON()).toJSON()).toEqual(ranges.toJSON());
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { mergePairs, type MergeRanks } from "./byte-pair-merge.ts";

/** The definition: of the pairs that are there, the lowest rank; of those, the leftmost; again. */
function mergeByDefinition(symbols: string[], ranks: MergeRanks): string[] {
  const rankAt = (place: number) =>
    ranks.get(`${symbols[place]!} ${symbols[place + 1] ?? ""}`) ?? Infinity;
  const places = symbols.map((_, place) => place);
  const best = places.reduce((first, place) => (rankAt(place) < rankAt(first) ? place : first), 0);
  if (rankAt(best) === Infinity) return symbols;
  const merged = symbols[best]! + symbols[best + 1]!;
  return mergeByDefinition(symbols.toSpliced(best, 2, merged), ranks);
}

test("merges as defined, whatever the ranks", () => {
  const symbol = fc.stringMatching(/^[ab]{1,3}$/);
  const merges = fc.uniqueArray(
    fc.tuple(symbol, symbol).map((pair) => pair.join(" ")),
    { maxLength: 40 },
  );
  const piece = fc.stringMatching(/^[abc]{0,40}$/);
  fc.assert(
    fc.property(merges, piece, (pairs, text) => {
      const ranks = new Map(pairs.map((pair, rank) => [pair, rank]));
      expect(mergePairs([...text], ranks)).toEqual(mergeByDefinition([...text], ranks));
    }),
    { numRuns: 2000 },
  );
});

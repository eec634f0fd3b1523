import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextCut } from "./segments.ts";

function cutAll(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; ;) {
    const cut = nextCut(text, at, true);
    if (cut === null) return pieces;
    pieces.push(text.slice(at, cut.end));
    at = cut.end;
  }
}

const trimmed = (text: string): string[] =>
  cutAll(text)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "");

describe("cuts where a reader pauses", () => {
  const cases: [string, string, string[]][] = [
    ["sentences", "One. Two! Three?", ["One.", "Two!", "Three?"]],
    ["quotes stay with their sentence", '"Stop!" he said. "Go."', ['"Stop!"', "he said.", '"Go."']],
    ["decimals and versions", "It is 3.14 or v2.0 today.", ["It is 3.14 or v2.0 today."]],
    ["abbreviations", "Dr. Smith met Mr. J. Doe.", ["Dr. Smith met Mr. J. Doe."]],
    ["Chinese", "今天很好。我们走吧！好", ["今天很好。", "我们走吧！", "好"]],
    ["paragraphs", "A title\n\nThe text", ["A title", "The text"]],
    ["no mark at all", "just some words", ["just some words"]],
  ];
  test.each(cases)("%s", (_name, text, pieces) => {
    expect(trimmed(text)).toEqual(pieces);
  });

  test("a long sentence is cut at a clause, then at a word, then anywhere", () => {
    const clauses = trimmed(`${"word ".repeat(12)}end, ${"more ".repeat(12)}end, last.`);
    expect(clauses[0]).toMatch(/end,$/);
    const words = trimmed("word ".repeat(60));
    expect(words.every((piece) => piece.startsWith("word") && piece.endsWith("word"))).toBe(true);
    expect(trimmed("x".repeat(500)).length).toBeGreaterThan(3);
  });
});

test("letters that are spelled by name, and endless accents, make short segments", () => {
  for (const piece of cutAll("مرحبابالعالم".repeat(9))) expect(piece.length).toBeLessThan(15);
  for (const piece of cutAll(`a${"\u0301".repeat(900)}`)) expect(piece.length).toBeLessThan(250);
});

test("a segment of a text that goes on is the segment of the whole text", () => {
  const text = fc.string({ unit: fc.constantFrom("ab", " ", ".", ",", "。", "\n", "今", '"') });
  fc.assert(
    fc.property(text, fc.nat(), (whole, at) => {
      const known = nextCut(whole.slice(0, at % (whole.length + 1)), 0, false);
      if (known !== null) expect(nextCut(whole, 0, true)).toEqual(known);
    }),
    { numRuns: 500 },
  );
});

test("the segments joined are the text, and none is long", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 400 }),
    fc.string({
      unit: fc.constantFrom("a", " ", ".", ",", "。", "\n", "今", "1", '"'),
      maxLength: 400,
    }),
  );
  fc.assert(
    fc.property(text, (whole) => {
      const pieces = cutAll(whole);
      expect(pieces.join("")).toBe(whole);
      for (const piece of pieces) expect(piece.trim().length).toBeLessThanOrEqual(220);
    }),
    { numRuns: 500 },
  );
});

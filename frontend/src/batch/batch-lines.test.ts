// Editing the lines of a batch, above all what a paste of many lines does.
import fc from "fast-check";
import { expect, test } from "vitest";
import { addLine, editLine, initialLines, removeLine } from "./batch-lines.ts";
import type { BatchLines } from "./batch-lines.ts";

function texts({ lines }: BatchLines): string[] {
  return lines.map(({ text }) => text);
}

const tenTexts = Array.from({ length: 10 }, (_, i) => `text ${i}`);

test("starts with three empty lines", () => {
  expect(texts(initialLines)).toEqual(["", "", ""]);
});

test("a paste fills the empty lines below first, then makes new ones", () => {
  const pasted = editLine(initialLines, 1, "one\r\ntwo\n\nthree\rfour");
  expect(texts(pasted)).toEqual(["", "one", "two", "three", "four"]);
  expect(pasted.leftOut).toBe(0);
});

test("a paste does not write over lines that have a text", () => {
  const filled = editLine(initialLines, 1, "keep");
  expect(texts(editLine(filled, 0, "one\ntwo\nthree"))).toEqual([
    "one",
    "two",
    "three",
    "keep",
    "",
  ]);
});

test("more than ten are left out, and counted", () => {
  const pasted = editLine(initialLines, 0, [...tenTexts, "a", "b", ""].join("\n"));
  expect(texts(pasted)).toEqual(tenTexts);
  expect(pasted.leftOut).toBe(2);
  expect(editLine(pasted, 0, "edited").leftOut).toBe(0);
});

test("spaces and a single line are left as typed", () => {
  expect(texts(editLine(initialLines, 0, " two  words "))[0]).toBe(" two  words ");
});

test("lines are added up to ten and removed down to one empty one", () => {
  let lines = initialLines;
  for (let i = 0; i < 20; i++) lines = addLine(lines);
  expect(lines.lines).toHaveLength(10);
  for (let i = 0; i < 20; i++) lines = removeLine(lines, 0);
  expect(texts(lines)).toEqual([""]);
});

test("never more than ten lines, never two with one id, no pasted text lost without being counted", () => {
  const edits = fc.array(
    fc.record({
      at: fc.nat(9),
      pieces: fc.array(fc.constantFrom("", "a", "b"), { minLength: 1, maxLength: 14 }),
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(edits, (all) => {
      let lines = initialLines;
      for (const { at, pieces } of all) {
        const index = at % lines.lines.length;
        const others = texts(lines).filter((text, i) => i !== index && text !== "").length;
        const pasted = pieces.filter((piece) => piece !== "").length;
        lines = editLine(lines, index, pieces.join("\n"));
        const kept = texts(lines).filter((text) => text !== "").length;
        expect(kept + lines.leftOut).toBe(others + pasted);
        expect(lines.lines.length).toBeLessThanOrEqual(10);
        expect(new Set(lines.lines.map(({ id }) => id)).size).toBe(lines.lines.length);
      }
    }),
  );
});

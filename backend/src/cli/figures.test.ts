// Percentiles, and tables for terminals and Markdown.
import { expect, test } from "vitest";
import { formatMarkdownTable, formatTable, percentile } from "./figures.ts";

test("a percentile is a value that was measured", () => {
  expect(percentile([3, 1, 2], 0.5)).toBe(2);
  expect(percentile([4, 1, 2, 3], 0.5)).toBe(2);
  expect(percentile([3, 1, 2], 0.95)).toBe(3);
  expect(percentile([7], 0.95)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test("columns are as wide as their widest cell, numbers to the right", () => {
  const table = formatTable(
    ["name", "ms"],
    [
      ["a", "10"],
      ["longer", "1234"],
    ],
  );
  expect(table).toBe("name      ms\na         10\nlonger  1234");
});

test("the same as Markdown", () => {
  expect(formatMarkdownTable(["name", "ms"], [["a", "10"]])).toBe(
    "| name | ms |\n| --- | ---: |\n| a | 10 |",
  );
});

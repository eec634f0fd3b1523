// Codes files: what is written is read back, and what is no codes file is refused by what is wrong.
import { expect, test } from "vitest";
import { formatCodes, parseCodes } from "./codes-file.ts";

const codes = [
  [1, 2, 3],
  [0, 2047, 5],
];

test("what is written has codes and finish reason, and is read back", () => {
  const text = formatCodes(codes, "length");
  expect(JSON.parse(text)).toEqual({ codes, finish_reason: "length" });
  expect(parseCodes("--codes", text)).toEqual(codes);
});

test("codes of a recording have no finish reason", () => {
  expect(JSON.parse(formatCodes(codes))).toEqual({ codes });
});

test.each([
  ["{", "it is no JSON"],
  ["[[1]]", 'a JSON object with "codes", an array of arrays'],
  ['{"codes": 1}', 'a JSON object with "codes", an array of arrays'],
  ['{"codes": [1]}', 'a JSON object with "codes", an array of arrays'],
  ["null", 'a JSON object with "codes", an array of arrays'],
  ['{"codes": []}', "there are no codes in it"],
  ['{"codes": [[], []]}', "there are no codes in it"],
  ['{"codes": [[1, 2], [3]]}', "frame 1 must be 2 integers from 0, as the first frame has"],
  ['{"codes": [[1, 2.5]]}', "frame 0 must be 2 integers"],
  ['{"codes": [[1, "2"]]}', "frame 0 must be 2 integers"],
  ['{"codes": [[-1]]}', "frame 0 must be 1 integers"],
])("%s is refused", (text, words) => {
  expect(() => parseCodes("--codes", text)).toThrow(words);
});

import { expect, test } from "vitest";
import { splitIntoPieces } from "./pretokenizer.ts";

/** Pieces that the reference cuts, separated by "|" here; the second where `mistral` differs. */
const cuts: [qwen: string, mistral?: string][] = [
  ["it|'ſ|x", "it|'ſx"],
  ["IT|'S|x| '|LLama", "IT|'Sx| '|LLama"],
  ["a|\ufeffb|\x85c"],
  ["one| | two| \n| three"],
  ["x|.\n|/y", "x|.\n/|y"],
  ["HTMLParser| iOS", "HTMLParser| i|OS"],
  ["1|2|a"],
];

test.each(cuts)("%j", (qwen, mistral = qwen) => {
  const text = qwen.replaceAll("|", "");
  expect(splitIntoPieces(text, "qwen")).toEqual(qwen.split("|"));
  expect(splitIntoPieces(text, "mistral")).toEqual(mistral.split("|"));
});

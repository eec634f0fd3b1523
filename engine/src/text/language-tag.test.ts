import { describe, expect, test } from "vitest";
import { languageId, languageNames, speakerNamed } from "./language-tag.ts";

const languages = new Map([
  ["chinese", 12],
  ["english", 13],
  ["beijing_dialect", 14],
]);
const ryan = { id: 3, dialect: null };
const dylan = { id: 4, dialect: "beijing_dialect" };
const tables = {
  languages,
  speakers: new Map<string, { id: number; dialect: string | null }>([
    ["ryan", ryan],
    ["dylan", dylan],
  ]),
};

describe("the tag of", () => {
  const cases: [language: string, speaker: string | null, id: number | null][] = [
    ["Auto", null, null],
    ["auto", "ryan", null],
    ["English", null, 13],
    ["CHINESE", "ryan", 12],
    ["Auto", "Dylan", 14],
    ["Chinese", "dylan", 14],
    ["English", "dylan", 13],
  ];
  test.each(cases)("%s, spoken by %s", (language, speaker, id) => {
    expect(languageId(tables, language, speaker)).toBe(id);
  });
});

test("a dialect has no name of its own", () => {
  expect(languageNames(languages)).toEqual(["Auto", "Chinese", "English"]);
  expect(() => languageId(tables, "beijing_dialect", null)).toThrow(/There is no language/);
});

test("names that the model does not have are answered with those that it has", () => {
  const code = "unsupported";
  expect(() => languageId(tables, "Klingon", null)).toThrow(
    expect.objectContaining({
      code,
      message: `There is no language "Klingon". This model has Auto, Chinese, English.`,
    }),
  );
  expect(() => languageId(tables, "Auto", "Bob")).toThrow(/no speaker "Bob".* ryan, dylan\.$/);
  expect(() => speakerNamed(new Map<string, object>(), "Bob")).toThrow(/This model has none\.$/);
});

test("a speaker in any case, also where the checkpoint has capitals", () => {
  expect(speakerNamed(tables.speakers, "DYLAN")).toBe(dylan);
  expect(speakerNamed(new Map([["Uncle_Fu", 7]]), "uncle_fu")).toBe(7);
});

test("a dialect that the checkpoint does not have is the checkpoint's fault", () => {
  const broken = { ...tables, languages: new Map([["chinese", 12]]) };
  expect(() => languageId(broken, "Auto", "dylan")).toThrow(
    expect.objectContaining({ code: "not_ready" }),
  );
});

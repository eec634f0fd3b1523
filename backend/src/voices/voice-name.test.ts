import { expect, test } from "vitest";
import { checkVoiceName, voiceFolder } from "./voice-name.ts";

test.each(["Anna", "my-voice", "小明", "Zoë 2", "_x", "नमस्ते", "a".repeat(64), "𝒜".repeat(64)])(
  "%s is a name, and its folder is a plain one",
  (name) => {
    expect(checkVoiceName(` ${name} `)).toBe(name.normalize("NFC"));
    expect(voiceFolder(name)).toMatch(/^[a-z0-9][a-z0-9-]{0,59}$/);
  },
);

test.each([
  ...["", " ", "a".repeat(65), ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "C:\\x", "a\0b"],
  ...["a\nb", "a.json", "~", "a*", "a:b", "%2e%2e", "\u202eabc", "a\u0301".repeat(65), "😀"],
])("%j is none", (name) => {
  expect(() => checkVoiceName(name)).toThrow(/cannot be the name of a voice/);
});

test("a speaker's name is taken, in any case and for the models' own ones too", () => {
  expect(() => checkVoiceName("vivian")).toThrow(/name of a speaker/);
  expect(() => checkVoiceName("Ｎova", [])).not.toThrow();
  expect(() => checkVoiceName("NOVA", ["Nova"])).toThrow(/name of a speaker/);
});

test("the same name in another case or spelling has the same folder, another name has not", () => {
  expect(voiceFolder("ZOË")).toBe(voiceFolder("zoe\u0308"));
  expect(voiceFolder("a b")).not.toBe(voiceFolder("a-b"));
  expect(voiceFolder("小明")).not.toBe(voiceFolder("小红"));
});

import { describe, expect, test } from "vitest";
import { LanguageEvidence } from "./detect.ts";
import type { Language, LanguageChoice } from "./languages.ts";

function languageOf(segment: string, choice: LanguageChoice = "Auto", text = segment): Language {
  const evidence = new LanguageEvidence();
  evidence.add(text);
  return evidence.languageOf(segment, choice);
}

describe("Auto", () => {
  const cases: [Language, string[]][] = [
    ["Chinese", ["今天天气很好。", "我用 iPhone 打电话", "你好"]],
    ["Japanese", ["今日は天気がとても良いですね。", "ありがとう", "カメラ"]],
    ["Korean", ["오늘은 날씨가 아주 좋네요.", "네"]],
    ["Russian", ["Сегодня хорошая погода.", "Да"]],
    [
      "English",
      ["The weather is nice.", "Hello", "a, a, a", "https://example.com/a/b", "12:30", ""],
    ],
    ["German", ["Heute ist das Wetter schön.", "Guten Tag", "Straße"]],
    ["French", ["Il fait beau aujourd’hui.", "Bonjour", "Ça va très bien"]],
    ["Portuguese", ["O tempo está bom hoje.", "Não sei", "Obrigado"]],
    ["Spanish", ["Hoy hace buen tiempo.", "¿Qué tal?", "El niño"]],
    ["Italian", ["Oggi il tempo è bello.", "Buongiorno", "Come stai? Perché no?"]],
  ];
  test.each(cases)("%s", (language, segments) => {
    for (const segment of segments) expect(languageOf(segment), segment).toBe(language);
  });

  test("what a segment does not tell, the rest of the text does", () => {
    expect(languageOf("Hamburg.", "Auto", "Wo ist das? Hamburg.")).toBe("German");
    expect(languageOf("東京物語。", "Auto", "東京物語。これは映画です。")).toBe("Japanese");
  });
});

describe("a named language", () => {
  test("is spoken whatever the words look like", () => {
    expect(languageOf("Guten Tag, wie geht es", "English")).toBe("English");
    expect(languageOf("123 ...", "Russian")).toBe("Russian");
    expect(languageOf("天気", "Japanese")).toBe("Japanese");
    expect(languageOf("iPhone 15", "Chinese")).toBe("Chinese");
  });

  test("gives way where its voice cannot read the letters", () => {
    expect(languageOf("今天天气很好", "English")).toBe("Chinese");
    expect(languageOf("привет", "Korean")).toBe("Russian");
    expect(languageOf("これはペンです", "Chinese")).toBe("Japanese");
  });
});

// The ten languages of Qwen3-TTS by name, and how eSpeak NG speaks each of them.

export const languages = [
  "Chinese",
  "English",
  "Japanese",
  "Korean",
  "German",
  "French",
  "Russian",
  "Portuguese",
  "Spanish",
  "Italian",
] as const;

export type Language = (typeof languages)[number];

/** "Auto": each segment in the language that it seems to be in, see `detect.ts`. */
export type LanguageChoice = Language | "Auto";

export function isLanguageChoice(name: string): name is LanguageChoice {
  return name === "Auto" || (languages as readonly string[]).includes(name);
}

/** Voice names are exact: "fr-fr" and "zh" are taken by eSpeak NG and then not spoken. */
export const espeakLanguages: Record<Language, { voice: string; wordsPerMinute: number }> = {
  Chinese: { voice: "cmn", wordsPerMinute: 200 },
  English: { voice: "en-us", wordsPerMinute: 150 },
  Japanese: { voice: "ja", wordsPerMinute: 150 },
  Korean: { voice: "ko", wordsPerMinute: 150 },
  German: { voice: "de", wordsPerMinute: 160 },
  French: { voice: "fr", wordsPerMinute: 150 },
  Russian: { voice: "ru", wordsPerMinute: 150 },
  Portuguese: { voice: "pt-br", wordsPerMinute: 150 },
  Spanish: { voice: "es", wordsPerMinute: 150 },
  Italian: { voice: "it", wordsPerMinute: 150 },
};

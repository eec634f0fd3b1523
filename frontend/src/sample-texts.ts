// Something to say for those who only want to hear it: one text in each of some languages.
export type SampleText = { language: string; label: string; text: string };

export const sampleTexts: SampleText[] = [
  {
    language: "English",
    label: "English",
    text: "The best moment is the first one: you press the button, and the voice is already there.",
  },
  {
    language: "German",
    label: "Deutsch",
    text: "Der schönste Augenblick ist der erste: Man drückt auf den Knopf, und die Stimme ist schon da.",
  },
  {
    language: "French",
    label: "Français",
    text: "Le plus beau moment est le premier : on appuie, et la voix est déjà là.",
  },
  {
    language: "Chinese",
    label: "中文",
    text: "最美好的是第一个瞬间：你按下按钮，声音就已经在那里了。",
  },
  {
    language: "Japanese",
    label: "日本語",
    text: "一番すてきなのは最初の瞬間です。ボタンを押すと、もう声が聞こえてきます。",
  },
];

/** A sentence to try a voice with: in this language where there is one. */
export function sampleSentence(language: string | null): string {
  const sample = sampleTexts.find((text) => text.language === language) ?? sampleTexts[0]!;
  return sample.text;
}

/** Characters that people speak in a second; syllable scripts say more with one. */
const charactersPerSecond = { letters: 15, syllables: 4.5 };

/** A guess at the length of the clip in seconds, for the scale of the picture only. */
export function estimateSeconds(text: string, speed: number): number {
  const all = Array.from(text.trim()).length;
  const syllables =
    text.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu)?.length ?? 0;
  const letters = all - syllables;
  const seconds = letters / charactersPerSecond.letters + syllables / charactersPerSecond.syllables;
  return Math.max(1, seconds / speed);
}

// How long a text will sound, roughly, before it is spoken. In: text. Out: seconds at speed 1.
// Only for hints and ceilings: nothing is cut by it.

/** Usual reading rates: characters a second of alphabetic scripts, syllables of the others. */
const alphabeticPerSecond = 14;
const syllabicPerSecond = 4.5;
const syllabic = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

export function estimateSpeechSeconds(text: string): number {
  const syllables = text.match(syllabic)?.length ?? 0;
  const others = [...text].length - syllables;
  return syllables / syllabicPerSecond + others / alphabeticPerSecond;
}

/** Of the clip that its client hears. */
export function estimateClipSeconds(request: {
  text: string;
  speed: number;
  maxSeconds: number | null;
}): number {
  return Math.min(
    estimateSpeechSeconds(request.text) / request.speed,
    request.maxSeconds ?? Infinity,
  );
}

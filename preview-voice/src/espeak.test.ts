// eSpeak NG must be a pure function: the samples of a segment depend on the segment alone, not on the
// thread that speaks it and not on what that thread spoke, or was stopped in, before.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Espeak, maxSsmlBytes } from "./espeak.ts";
import { languages, type Language } from "./languages.ts";
import { speakers, voiceOf, type Speaker } from "./speakers.ts";

const long = {
  english:
    "The quick brown fox jumps over the lazy dog, and then it goes home because it is late by now.",
  russian: "Это довольно длинное предложение на русском языке, которое занимает много места.",
  chinese: "今天天气很好我们去公园散步吧".repeat(4),
};
const segments: [Language, string][] = [
  ["English", "The weather is very nice today, said Tom."],
  ["English", `${long.english} ${long.english}`],
  ["English", "Hello 世界 привет"],
  ["Chinese", "我用 iPhone 打电话"],
  ["Chinese", long.chinese],
  ["Russian", `${long.russian} ${long.russian}`],
  ["Japanese", "キョーワテンキガトテモヨイデスネ"],
  ["Korean", "오늘은 날씨가 아주 좋네요."],
  ["German", "Heute ist das Wetter schön, und morgen 25 Grad."],
  ["French", "Il fait beau, n'est-ce pas ?"],
  ["Portuguese", "O tempo está bom."],
  ["Spanish", "¿Qué tal?"],
  ["Italian", "Ciao, come stai?"],
];

type Order = { index: number; speaker: Speaker };

/** Length and hash of a segment; `pieces`: stop when so many were made. */
function speak(espeak: Espeak, { index, speaker }: Order, pieces = Infinity): string {
  const [language, text] = segments[index]!;
  const hash = createHash("sha1");
  let samples = 0;
  let heard = 0;
  espeak.speak(text, voiceOf(speaker, language), (piece) => {
    heard += 1;
    samples += piece.length;
    hash.update(piece);
    return heard >= pieces;
  });
  return `${samples} ${hash.digest("hex")}`;
}

/** The same numbers at every run of the tests. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

describe("the same segment gives the same samples", () => {
  test("in several instances, in any order, after stopped ones, with each speaker", async () => {
    const known = new Map<string, string>();
    for (const seed of [1, 2]) {
      const random = randomNumbers(seed);
      const espeak = await Espeak.load();
      for (let turn = 0; turn < 15; turn += 1) {
        const order = { index: random(segments.length), speaker: speakers[random(9)]! };
        if (random(5) === 0) speak(espeak, order, 1 + random(4));
        const spoken = speak(espeak, order);
        const key = `${order.speaker} ${order.index}`;
        expect(spoken, key).toBe(known.get(key) ?? spoken);
        known.set(key, spoken);
      }
    }
  });

  test("as on an instance that has spoken nothing else", async () => {
    const used = await Espeak.load();
    for (let index = 0; index < segments.length; index += 1) {
      for (const speaker of ["Ryan", "Serena"] as const) speak(used, { index, speaker });
    }
    for (const index of [1, 3, 4]) {
      const order: Order = { index, speaker: "Vivian" };
      expect(speak(used, order)).toBe(speak(await Espeak.load(), order));
    }
  });
});

test("a stopped synthesis makes nothing more", async () => {
  const espeak = await Espeak.load();
  let pieces = 0;
  espeak.speak(long.english.repeat(20), voiceOf("Ryan", "English"), () => {
    pieces += 1;
    return pieces >= 3;
  });
  expect(pieces).toBe(3);
});

test("every voice that a speaker has in a language is spoken", async () => {
  const espeak = await Espeak.load();
  for (const language of languages) {
    const index = segments.findIndex(([name]) => name === language);
    const clips = speakers.map((speaker) => speak(espeak, { index, speaker }));
    expect(new Set(clips).size, language).toBe(speakers.length);
    for (const clip of clips) expect(Number.parseInt(clip), language).toBeGreaterThan(8000);
  }
});

test("a segment that is too long is refused, the longest is not, and the next one is spoken", async () => {
  const espeak = await Espeak.load();
  const expected = speak(espeak, { index: 0, speaker: "Ryan" });
  const voice = voiceOf("Ryan", "English");
  const longest = "word ".repeat(maxSsmlBytes).slice(0, maxSsmlBytes);
  for (const text of [longest, `${longest}x`, longest]) {
    if (text === longest) espeak.speak(text, voice, () => true);
    else expect(() => espeak.speak(text, voice, () => true)).toThrow(RangeError);
    expect(speak(espeak, { index: 0, speaker: "Ryan" })).toBe(expected);
  }
});

// The nine speakers as a listener tells them apart: by pitch and by colour. And no clicks where their
// segments are joined.
import { expect, test } from "vitest";
import { Espeak, sampleRate } from "./espeak.ts";
import { languages, type Language } from "./languages.ts";
import { speakers, voiceOf, type Speaker } from "./speakers.ts";

const texts: Record<Language, string> = {
  Chinese: "今天天气很好，我们去公园散步吧。",
  English: "The quick brown fox jumps over the lazy dog near the river bank.",
  Japanese: "キョーワテンキガトテモヨイデスネ。",
  Korean: "오늘은 날씨가 아주 좋네요.",
  German: "Heute ist das Wetter sehr schön.",
  French: "Il fait très beau aujourd'hui.",
  Russian: "Сегодня очень хорошая погода.",
  Portuguese: "O tempo está muito bom hoje.",
  Spanish: "Hoy hace muy buen tiempo.",
  Italian: "Oggi il tempo è molto bello.",
};

function speak(espeak: Espeak, speaker: Speaker, language: Language): Int16Array {
  const pieces: Int16Array[] = [];
  espeak.speak(texts[language], voiceOf(speaker, language), (piece) => {
    pieces.push(piece);
    return false;
  });
  return Int16Array.from(pieces.flatMap((piece) => Array.from(piece)));
}

const windowSamples = Math.round(sampleRate / 20);
const lowestHz = 60;
const highestHz = 400;
const loud = 1000;
/** -60 dB. */
const quiet = 32;

/** Median over the voiced windows, by autocorrelation. */
function pitchHz(samples: Int16Array): number {
  const found: number[] = [];
  for (let at = 0; at + 2 * windowSamples < samples.length; at += windowSamples) {
    const lag = bestLag(samples, at);
    if (lag !== null) found.push(sampleRate / lag);
  }
  return found.toSorted((a, b) => a - b)[found.length >> 1]!;
}

function bestLag(samples: Int16Array, at: number): number | null {
  const energy = correlation(samples, at, 0);
  if (energy < loud * loud) return null;
  let best: number | null = null;
  let highest = 0.5;
  for (let lag = Math.floor(sampleRate / highestHz); lag < sampleRate / lowestHz; lag += 1) {
    const likeness = correlation(samples, at, lag) / energy;
    if (likeness > highest + 0.02) [best, highest] = [lag, likeness];
  }
  return best;
}

function correlation(samples: Int16Array, at: number, lag: number): number {
  let sum = 0;
  for (let i = at; i < at + windowSamples; i += 1) sum += samples[i]! * samples[i + lag]!;
  return sum / windowSamples;
}

/** Bright or dark: the frequency of a tone that would change as much from sample to sample. */
function colourHz(samples: Int16Array): number {
  let energy = 0;
  let changes = 0;
  for (let i = 1; i < samples.length; i += 1) {
    energy += samples[i]! ** 2;
    changes += (samples[i]! - samples[i - 1]!) ** 2;
  }
  return (Math.acos(1 - changes / energy / 2) / Math.PI) * (sampleRate / 2);
}

test("each pair of speakers differs by more than a tenth in pitch and colour together", async () => {
  const espeak = await Espeak.load();
  const sounds = speakers.map((speaker) => {
    const samples = speak(espeak, speaker, "English");
    return { speaker, pitch: pitchHz(samples), colour: colourHz(samples) };
  });
  for (const [index, one] of sounds.entries()) {
    for (const other of sounds.slice(index + 1)) {
      const pitches = Math.abs(Math.log(one.pitch / other.pitch));
      const colours = Math.abs(Math.log(one.colour / other.colour));
      expect(pitches + colours, `${one.speaker} and ${other.speaker}`).toBeGreaterThan(0.12);
    }
  }
  const pitchOf = new Map(sounds.map(({ speaker, pitch }) => [speaker, pitch]));
  for (const woman of ["Vivian", "Serena", "Ono_Anna", "Sohee"] as const) {
    for (const man of ["Uncle_Fu", "Dylan", "Eric", "Ryan", "Aiden"] as const) {
      expect(pitchOf.get(woman)).toBeGreaterThan(pitchOf.get(man)!);
    }
  }
});

test("a segment begins and ends near silence, is not overdriven, and has no long pause at its ends", async () => {
  const espeak = await Espeak.load();
  for (const [index, language] of languages.entries()) {
    for (const speaker of [speakers[index % 9]!, "Ryan" as const]) {
      const samples = speak(espeak, speaker, language);
      const name = `${speaker} in ${language}`;
      expect(Math.abs(samples[0]!), name).toBeLessThan(quiet);
      expect(Math.abs(samples.at(-1)!), name).toBeLessThan(quiet);
      const overdriven = samples.filter((sample) => Math.abs(sample) >= 32_767).length;
      expect(overdriven / samples.length, name).toBeLessThan(0.0005);
      const first = samples.findIndex((sample) => Math.abs(sample) > 200);
      const last = samples.findLastIndex((sample) => Math.abs(sample) > 200);
      expect(first, name).toBeLessThan(sampleRate / 10);
      expect(samples.length - last, name).toBeLessThan(sampleRate / 10);
    }
  }
});

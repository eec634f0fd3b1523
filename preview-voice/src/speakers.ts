// The nine speakers of Qwen3-TTS by name, each with a sound of its own in eSpeak NG. They keep age and
// sex of their namesakes; nothing else of them can be had from eSpeak NG.
import type { EspeakVoice } from "./espeak.ts";
import { espeakLanguages } from "./languages.ts";
import type { Language } from "./languages.ts";

type SpeakerSound = {
  /** A variant of eSpeak NG, or "" for its plain voice. */
  variant: string;
  pitch: number;
  range: number;
  /** Times the language's own rate. */
  rate: number;
};

const sounds = {
  Vivian: { variant: "+f5", pitch: 58, range: 60, rate: 1.05 },
  Serena: { variant: "+f2", pitch: 40, range: 40, rate: 0.95 },
  Uncle_Fu: { variant: "+m7", pitch: 22, range: 35, rate: 0.9 },
  Dylan: { variant: "+m3", pitch: 72, range: 55, rate: 1.05 },
  Eric: { variant: "+m5", pitch: 86, range: 60, rate: 1.05 },
  // The default speaker has the variant that a speech recogniser understands best.
  Ryan: { variant: "+m1", pitch: 58, range: 55, rate: 1 },
  Aiden: { variant: "+m2", pitch: 58, range: 50, rate: 1 },
  Ono_Anna: { variant: "+f3", pitch: 88, range: 70, rate: 1.08 },
  Sohee: { variant: "+f1", pitch: 55, range: 80, rate: 1 },
} satisfies Record<string, SpeakerSound>;

export type Speaker = keyof typeof sounds;

export const speakers = Object.keys(sounds) as Speaker[];

export function isSpeaker(name: string): name is Speaker {
  return Object.hasOwn(sounds, name);
}

export function voiceOf(speaker: Speaker, language: Language): EspeakVoice {
  const sound: SpeakerSound = sounds[speaker];
  const { voice, wordsPerMinute } = espeakLanguages[language];
  return {
    name: voice + sound.variant,
    wordsPerMinute: Math.round(wordsPerMinute * sound.rate),
    pitch: sound.pitch,
    range: sound.range,
  };
}

// The nine speakers of the published CustomVoice models, for people. A checkpoint says only names.
import type { SpeakerInfo } from "../speech-engine.ts";

export const publishedSpeakers: readonly SpeakerInfo[] = [
  { name: "Vivian", description: "Bright young woman", nativeLanguage: "Chinese" },
  { name: "Serena", description: "Warm, gentle young woman", nativeLanguage: "Chinese" },
  { name: "Uncle_Fu", description: "Seasoned man, low and mellow", nativeLanguage: "Chinese" },
  { name: "Dylan", description: "Clear young man from Beijing", nativeLanguage: "Chinese" },
  { name: "Eric", description: "Lively man from Chengdu", nativeLanguage: "Chinese" },
  { name: "Ryan", description: "Dynamic man with a strong rhythm", nativeLanguage: "English" },
  { name: "Aiden", description: "Sunny American man", nativeLanguage: "English" },
  { name: "Ono_Anna", description: "Playful, light woman", nativeLanguage: "Japanese" },
  { name: "Sohee", description: "Warm woman, rich in emotion", nativeLanguage: "Korean" },
];

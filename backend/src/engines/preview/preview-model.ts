// What the preview voice offers, in the words of the engine interface: the names of Qwen3-TTS, so that
// whatever is built with it goes on working with the real model.
import type { ModelState, ModelStatus, SpeakerInfo } from "qwen3-tts";

export const previewModelId = "preview-espeak-ng";
export const previewSampleRate = 22_050;

const speakers: SpeakerInfo[] = [
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

const languages = [
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
];

/** Requests spoken in turns; their segments are milliseconds of work. */
const rows = 32;

export function previewModel(state: ModelState): ModelStatus {
  return {
    id: previewModelId,
    label: "Preview voice (eSpeak NG)",
    state,
    sampleRate: previewSampleRate,
    speakers,
    languages,
    instruct: {
      honoured: false,
      reason: "The preview voice ignores instructions; they work with Qwen3-TTS. Leave it out.",
    },
    sampling: {
      honoured: false,
      reason: "The preview voice does not sample; it works with Qwen3-TTS. Leave it out.",
    },
    rows,
  };
}

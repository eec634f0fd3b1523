// What the preview voice offers, in the words of the engine interface: the names of Qwen3-TTS, so that
// whatever is built with it goes on working with the real model.
import { publishedSpeakers, type ModelState, type ModelStatus } from "qwen3-tts";

export const previewModelId = "preview-espeak-ng";
export const previewSampleRate = 22_050;

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
    variant: null,
    size: null,
    state,
    sampleRate: previewSampleRate,
    speakers: [...publishedSpeakers],
    languages,
    instruct: {
      honoured: false,
      reason: "The preview voice ignores instructions; they work with Qwen3-TTS. Leave it out.",
    },
    sampling: {
      honoured: false,
      reason: "The preview voice does not sample; it works with Qwen3-TTS. Leave it out.",
    },
    clone: { honoured: false, reason: "The preview voice clones no voices; Qwen3-TTS Base does." },
    design: {
      honoured: false,
      reason: "The preview voice designs no voices; Qwen3-TTS VoiceDesign does.",
    },
    rows,
  };
}

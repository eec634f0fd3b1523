// Who speaks. In: the engine's status and the kept voices. Out: their names and descriptions, presets first.
import type { EngineStatus, ModelStatus } from "qwen3-tts";
import type { SpeakerBody, SpeakersResponse } from "../protocol.ts";
import type { KeptVoice } from "../voices/voice-files.ts";

export function presetNames({ models }: EngineStatus): string[] {
  return [...new Set(models.flatMap(({ speakers }) => speakers.map(({ name }) => name)))];
}

export function speakersBody(
  { models }: EngineStatus,
  voices: readonly KeptVoice[],
): SpeakersResponse {
  const presets = onceEach(models.flatMap(speakersOf));
  const ryan = presets.find((speaker) => speaker.name === "Ryan");
  return {
    default: (ryan ?? presets[0])?.name ?? null,
    speakers: [...presets, ...voices.map(keptSpeaker)],
  };
}

export function speakersOf({ speakers }: ModelStatus): SpeakerBody[] {
  return speakers.map(({ name, description, nativeLanguage }) => ({
    name,
    description,
    native_language: nativeLanguage,
    kind: "preset",
  }));
}

/** Several models may have the same speakers: the first of them is the one that speaks. */
function onceEach(speakers: readonly SpeakerBody[]): SpeakerBody[] {
  const byName = new Map<string, SpeakerBody>();
  for (const speaker of speakers) {
    if (!byName.has(speaker.name)) byName.set(speaker.name, speaker);
  }
  return [...byName.values()];
}

/** Nobody says which language a recording is in. */
function keptSpeaker({ name, kind, description, language }: KeptVoice): SpeakerBody {
  const made = kind === "design" ? "Designed voice" : "Cloned voice";
  return {
    name,
    description: description ?? made,
    native_language: language ?? "Auto",
    kind: "voice",
  };
}

// What a person chooses beside the text, and how it becomes the body of a request.
import type { SpeechBody } from "qwen-tts/protocol";

export type Settings = {
  speaker: string;
  language: string;
  speed: number;
  pitch: number;
  instruct: string;
  /** As typed; empty lets the server draw one. */
  seed: string;
  /** An id; empty lets the server choose. */
  model: string;
};

export const initialSettings: Settings = {
  speaker: "",
  language: "",
  speed: 1,
  pitch: 1,
  instruct: "",
  seed: "",
  model: "",
};

/** Sent as it is; what the engine ignores (`instruct`) or draws itself (`seed`) is left out. */
export function toSpeechBody(
  text: string,
  settings: Settings,
  instructHonoured: boolean,
): SpeechBody {
  const { speaker, language, speed, pitch } = settings;
  const instruct = settings.instruct.trim();
  return {
    text,
    ...(speaker && { speaker }),
    ...(language && { language }),
    speed,
    pitch,
    ...(instructHonoured && instruct && { instruct }),
    ...(settings.model && { model: settings.model }),
    ...(settings.seed.trim() && { seed: Number(settings.seed) }),
  };
}

/** Why a seed cannot be used; undefined when it can. */
export function seedProblem(seed: string): string | undefined {
  if (seed.trim() === "") return undefined;
  const isSafe = /^\d+$/.test(seed.trim()) && Number.isSafeInteger(Number(seed));
  return isSafe ? undefined : `A seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`;
}

/** Length as the server counts it: code points after trimming. */
export function textLength(text: string): number {
  return Array.from(text.trim()).length;
}

// A cloned voice as bytes that can be kept. In: what the encoders made of a recording. Out: a VoicePrompt, and back
// again. Bytes may come from anywhere: they are checked.
import { EngineError } from "../engine-error.ts";
import type { VoicePrompt } from "../speech-engine.ts";

export type CloneVoice = {
  /** [hiddenSize] of the model that made it; no other size can use it. */
  speakerEmbedding: Float32Array;
  /** The recording itself, for a voice that also takes over its manner. */
  reference: { transcript: string; codes: number[][] } | null;
};

export const localEngineName = "local";

export function writeVoicePrompt({ speakerEmbedding, reference }: CloneVoice): VoicePrompt {
  const json = JSON.stringify({ speakerEmbedding: [...speakerEmbedding], reference });
  return { engine: localEngineName, data: new TextEncoder().encode(json) };
}

/** What a voice must fit: the model's width and the codes that it has. */
export type VoiceGeometry = { hiddenSize: number; codeGroups: number; codebookSize: number };

/** @throws EngineError if it is no voice of a model of this size */
export function readVoicePrompt(
  prompt: VoicePrompt,
  { hiddenSize, codeGroups, codebookSize }: VoiceGeometry,
): CloneVoice {
  const voice = readAny(prompt);
  const { length } = voice.speakerEmbedding;
  if (length !== hiddenSize) {
    throw unusable(`It was made by a model ${length} wide, this one is ${hiddenSize} wide.`);
  }
  const fits = (frame: readonly number[]): boolean =>
    frame.length === codeGroups &&
    frame.every((code) => Number.isInteger(code) && code >= 0 && code < codebookSize);
  if (voice.reference?.codes.every(fits) === false) {
    throw unusable("It holds codes that this model does not have.");
  }
  return voice;
}

export type VoicePromptDescription = {
  /** Of the model that made it. */
  hiddenSize: number;
  /** Null: it has the timbre only. */
  transcript: string | null;
  /** Of the reference. */
  frames: number;
};

/** What can be told of a voice without a model. @throws EngineError if it is none */
export function describeVoicePrompt(prompt: VoicePrompt): VoicePromptDescription {
  const { speakerEmbedding, reference } = readAny(prompt);
  return {
    hiddenSize: speakerEmbedding.length,
    transcript: reference?.transcript ?? null,
    frames: reference?.codes.length ?? 0,
  };
}

function readAny({ engine, data }: VoicePrompt): CloneVoice {
  const voice = engine === localEngineName ? parse(data) : undefined;
  if (!voice) throw unusable("It is damaged, or another engine made it.");
  return voice;
}

function unusable(why: string): EngineError {
  return new EngineError("unsupported", `This voice cannot be used. ${why} Make it again.`);
}

function parse(data: Uint8Array): CloneVoice | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
  if (!isObject(json) || !isNumbers(json.speakerEmbedding)) return undefined;
  const speakerEmbedding = Float32Array.from(json.speakerEmbedding);
  if (!isNumbers([...speakerEmbedding])) return undefined; // too great for float32
  if (json.reference === null) return { speakerEmbedding, reference: null };
  if (!isObject(json.reference)) return undefined;
  const { transcript, codes } = json.reference;
  const isWhole = typeof transcript === "string" && Array.isArray(codes) && codes.every(isNumbers);
  return isWhole ? { speakerEmbedding, reference: { transcript, codes } } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isFinite(item));
}

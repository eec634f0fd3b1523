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

/** @throws EngineError if it is no voice of a model of this size */
export function readVoicePrompt({ engine, data }: VoicePrompt, hiddenSize: number): CloneVoice {
  const voice = engine === localEngineName ? parse(data) : undefined;
  if (!voice) throw unusable("It is damaged, or another engine made it.");
  const { length } = voice.speakerEmbedding;
  if (length === hiddenSize) return voice;
  throw unusable(`It was made by a model ${length} wide, this one is ${hiddenSize} wide.`);
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

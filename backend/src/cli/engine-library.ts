// What the commands use of the engine's public entry, as it is agreed, until `qwen3-tts` exports it
// itself. Every function here throws.
import { EngineError, type SpeechEvent, type SpeechRequest, type VoicePrompt } from "qwen3-tts";

export type Precision = "f32" | "int8" | "int4";
export type LoadOptions = {
  precision?: Precision;
  threads?: number;
  rows?: number;
  pretokenizer?: "qwen" | "mistral";
};

export type ModelInfo = {
  variant: "custom_voice" | "voice_design" | "base";
  size: string;
  precision: Precision;
  sampleRate: number;
  frameSamples: number;
  codeGroups: number;
  speakers: string[];
  languages: string[];
  maxFrames: number;
};

export type LocalModel = {
  readonly info: ModelInfo;
  synthesize(
    request: SpeechRequest,
    signal: AbortSignal,
    observer?: { frame(codes: readonly number[]): void },
  ): AsyncIterable<SpeechEvent>;
  createVoice(audio: Float32Array, sampleRate: number, transcript?: string): Promise<VoicePrompt>;
  close(): Promise<void>;
};

export type CheckpointSummary = {
  variant: string;
  size: string;
  sampleRate: number;
  geometry: Record<string, number>;
  parameters: Record<string, number>;
  tensors: number;
  missing: string[];
  unexpected: string[];
};

function notYet(): never {
  throw new EngineError("not_ready", "The engine cannot run Qwen3-TTS yet.");
}

export function loadModel(folder: string, options?: LoadOptions): Promise<LocalModel> {
  return notYet.call({ folder, options });
}

export function decodeCodes(
  folder: string,
  codes: number[][],
  options: { chunkFrames: number | "all"; threads?: number },
): AsyncIterable<Float32Array> {
  return notYet.call({ folder, codes, options });
}

export function encodeAudio(
  folder: string,
  audio: Float32Array,
  sampleRate: number,
): Promise<number[][]> {
  return notYet.call({ folder, audio, sampleRate });
}

export function speakerEmbedding(
  folder: string,
  audio: Float32Array,
  sampleRate: number,
): Promise<Float32Array> {
  return notYet.call({ folder, audio, sampleRate });
}

export function inspectCheckpoint(folder: string): Promise<CheckpointSummary> {
  return notYet.call({ folder });
}

export function findCheckpoint(): Promise<string | undefined> {
  return Promise.resolve(undefined);
}

export function readWav(bytes: Uint8Array): { samples: Float32Array; sampleRate: number } {
  return notYet.call({ bytes });
}

export type PrecisionComparison = {
  /** Mean over the positions, teacher-forced: both hear the same codes. */
  hiddenCosine: number;
  /** For each codebook, how often the likeliest code is the same, 0..1. */
  codebookAgreement: number[];
};

export function comparePrecisions(
  folder: string,
  options: { precision: Precision },
): Promise<PrecisionComparison> {
  return notYet.call({ folder, options });
}

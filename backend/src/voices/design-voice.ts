// A voice that nobody has: a VoiceDesign model speaks a text as the description has it, and what it said becomes the
// reference of a clone, once and for ever. In: a description and an engine. Out: a new voice to keep.
import { joined, type ModelStatus, type SpeechEngine, type SpeechRequest } from "qwen3-tts";
import { limits } from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { drawSeed } from "../speech-request.ts";
import { designText } from "./design-texts.ts";
import { checkRecording, type Recording } from "./recording.ts";
import type { NewVoice } from "./voice-store.ts";

export type VoiceDesign = {
  name: string;
  description: string;
  consent: string;
  /** What it says; absent: a text of its language. */
  text?: string | undefined;
  /** A name of the model's languages. */
  language: string;
  /** Absent: drawn, and drawn again if the speech was none. */
  seed?: number | undefined;
};

/** The engine, and the model of it that designs. */
export type Designer = { engine: Pick<SpeechEngine, "synthesize">; model: ModelStatus | null };

/** A model misses its end about once in a hundred times; twice in a row hardly ever. */
const tries = 3;

/** @throws RequestError, EngineError */
export async function designVoice(
  designer: Designer,
  design: VoiceDesign,
  signal: AbortSignal,
): Promise<NewVoice> {
  const text = design.text ?? designText(design.language);
  for (let left = design.seed === undefined ? tries : 1; ; left--) {
    const seed = design.seed ?? drawSeed();
    try {
      const recording = await speak(designer, { ...design, text, seed }, signal);
      const advice = checkRecording(recording, text);
      return newVoice({ ...design, text, seed }, recording, advice);
    } catch (error) {
      if (left <= 1 || !(error instanceof RequestError)) throw error;
    }
  }
}

type Spoken = VoiceDesign & { text: string; seed: number };

function newVoice(design: Spoken, recording: Recording, advice: string[]): NewVoice {
  const { name, description, consent, language, text, seed } = design;
  const made = { kind: "design", source: "design" } as const;
  return {
    name,
    ...made,
    transcript: text,
    description,
    language,
    seed,
    consent,
    advice,
    recording,
  };
}

/** @throws RequestError where the speech does not end by itself */
async function speak(
  { engine, model }: Designer,
  { description, language, text, seed }: Spoken,
  signal: AbortSignal,
): Promise<Recording> {
  const request: SpeechRequest = {
    text: { kind: "whole", text },
    voice: { kind: "design", description },
    ...(model === null ? {} : { model: model.id }),
    language,
    seed,
    sampling: {},
    limits: { maxSeconds: limits.recordingSeconds.max },
    delivery: { kind: "whole" },
  };
  const pieces: Float32Array[] = [];
  let sampleRate = 0;
  for await (const event of engine.synthesize(request, signal)) {
    signal.throwIfAborted();
    if (event.kind === "start") sampleRate = event.sampleRate;
    if (event.kind === "audio") pieces.push(event.samples);
    if (event.kind === "end" && event.finishReason !== "stop") throw endless(seed);
  }
  signal.throwIfAborted();
  return { samples: joined(pieces), sampleRate };
}

function endless(seed: number): RequestError {
  return new RequestError(
    "unusable_recording",
    `The model's speech did not end with seed ${seed}. Take another seed, or a shorter text.`,
  );
}

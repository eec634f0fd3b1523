// The scheduler over the model of tones, for its tests. In: rows, limits. Out: the engine, and the model that records what it is asked.
import { defaultRunawayLimits, type RunawayLimits } from "../scheduler/runaway-guard.ts";
import { StepEngine, type StepWorld } from "../scheduler/step-engine.ts";
import type { SpeechRequest } from "../speech-engine.ts";
import { speechRequest } from "./collect.ts";
import { ToneModel, type ToneRow } from "./tone-model.ts";

const quiet: StepWorld = {
  beforeStep: () => undefined,
  planned: () => undefined,
  stepDone: () => undefined,
};

export type ToneEngine = { model: ToneModel; engine: StepEngine<ToneRow> };

export function toneEngine(
  rows = 4,
  limits: Partial<RunawayLimits> = {},
  { positions = Infinity, world = quiet }: { positions?: number; world?: StepWorld } = {},
): ToneEngine {
  const model = new ToneModel();
  const runaway = { ...defaultRunawayLimits, ...limits };
  const room = { rows, positions };
  return { model, engine: new StepEngine(model, { engine: "tones", room, runaway, world }) };
}

export function sayInTones(text: string, changes: Partial<SpeechRequest> = {}): SpeechRequest {
  return { ...speechRequest({ text, speaker: "Tone", language: "English" }), ...changes };
}

// Requests on their way from a prompt to frames of codes. In: prefills and settings. Out: a frame of each at a time. What
// a request gives depends on it and its seed alone. Knows no text and no audio.
// Follows Qwen3TTSTalkerForConditionalGeneration and `generate` of transformers 4.57.
import type { GenerationDefaults } from "../checkpoint/generation-defaults.ts";
import type { Limits, Sampling } from "../speech-engine.ts";
import { joined } from "../joined.ts";
import { predictCodes, type CodePredictor } from "./code-predictor.ts";
import type { PredictedFrame } from "./code-predictor-frame.ts";
import { runsOf } from "./decoder-run.ts";
import { uniformNoise } from "./noise.ts";
import type { Embedder, Prefill } from "./prefill.ts";
import { addRows } from "./rows.ts";
import { applyFirstCodeRules, chooseCode, type SamplerSettings } from "./sampler.ts";
import {
  createTalkerState,
  releaseTalkerState,
  runPrompt,
  runTalker,
  type Talker,
  type TalkerOutput,
  type TalkerState,
} from "./talker.ts";

export type GenerationSettings = {
  seed: number;
  talker: SamplerSettings;
  subtalker: SamplerSettings;
  repetitionPenalty: number;
  minFrames: number;
  maxFrames: number;
};

export type Generation = {
  settings: GenerationSettings;
  prefill: Prefill;
  /** Rows of the prefill that were taken in. */
  prefilled: number;
  state: TalkerState;
  /** Of the newest position; none before the prefill is done. */
  output: TalkerOutput | undefined;
  /** The newest frame, while the talker has yet to hear it. */
  last: SpokenFrame | undefined;
  history: Set<number>;
  frames: number;
};

export type SpokenFrame = {
  codes: number[];
  /** The sum of their embeddings. [hiddenSize] */
  embedded: Float32Array;
};

export type Generator = {
  talker: Talker;
  codePredictor: CodePredictor;
  embedder: Embedder;
};

export type FrameResult =
  | { kind: "frame"; codes: number[] }
  | { kind: "end"; reason: "stop" | "length" };

/** Upstream never lets fewer frames than this come out. */
const leastFrames = 2;

export function generationSettings(
  defaults: GenerationDefaults,
  { seed, sampling, limits }: { seed: number; sampling: Sampling; limits: Limits },
): GenerationSettings {
  const greedy = sampling.greedy === true;
  const { subtalker } = defaults;
  return {
    seed,
    talker: {
      doSample: defaults.doSample && !greedy,
      temperature: sampling.temperature ?? defaults.temperature,
      topK: sampling.topK ?? defaults.topK,
      topP: sampling.topP ?? defaults.topP,
    },
    subtalker: { ...subtalker, doSample: subtalker.doSample && !greedy },
    repetitionPenalty: sampling.repetitionPenalty ?? defaults.repetitionPenalty,
    minFrames: Math.max(leastFrames, limits.minFrames ?? 0),
    // The last token that upstream counts never becomes a frame.
    maxFrames: limits.maxFrames ?? defaults.maxNewTokens - 1,
  };
}

export function createGeneration(
  talker: Talker,
  prefill: Prefill,
  settings: GenerationSettings,
): Generation {
  return {
    settings,
    prefill,
    prefilled: 0,
    state: createTalkerState(talker),
    output: undefined,
    last: undefined,
    history: new Set(),
    frames: 0,
  };
}

/** Its place is another request's from now on. */
export function releaseGeneration(talker: Talker, { state }: Generation): void {
  releaseTalkerState(talker, state);
}

/** Positions taken in at a time: requests beside this one wait no longer than that. */
const mostSlicePositions = 48;

/** Take in the next rows of the prefill. The slices depend on nothing but the prompt's length. */
export async function advancePrefill(
  talker: Talker,
  generation: Generation,
): Promise<"more" | "done"> {
  const { rows } = generation.prefill;
  const width = talker.config.hiddenSize;
  const positions = rows.length / width;
  // Slices of one size: a short last one would cost as much as reading all weights does.
  const slices = Math.ceil(positions / mostSlicePositions);
  const end = Math.min(generation.prefilled + Math.ceil(positions / slices), positions);
  const slice = rows.slice(generation.prefilled * width, end * width);
  const output = await runPrompt(talker, { state: generation.state, x: slice });
  generation.prefilled = end;
  if (end < positions) return "more";
  generation.output = output;
  return "done";
}

export type Stage = "prefill" | "talker" | "predictor" | "codec";
export type StageTimer = <T>(stage: Stage, work: () => Promise<T>) => Promise<T>;

/**
 * A frame of each of `generations`, which share the runs that it takes. Call after their prefill is done, until their
 * end. What one of them gives does not depend on the others. Where a run fails, it is as if nobody had called, but for
 * what the talker has heard.
 */
export async function nextFrames(
  generator: Generator,
  generations: readonly Generation[],
  time: StageTimer,
): Promise<FrameResult[]> {
  const results = new Map<Generation, FrameResult>();
  const isCut = ({ frames, settings }: Generation) => frames >= settings.maxFrames;
  const open = generations.filter((generation) => !isCut(generation));
  await hearLastFrames(generator, open, time);
  const speaking: Speaking[] = [];
  for (const generation of open) {
    const first = firstCode(generator, generation);
    if (first === generator.talker.config.codecIds.eos) {
      results.set(generation, { kind: "end", reason: "stop" });
    } else {
      speaking.push({ generation, first });
    }
  }
  const frames = await otherCodes(generator, speaking, time);
  for (const [index, { generation, first }] of speaking.entries()) {
    const { codes: others, embedded } = frames[index]!;
    const codes = [first, ...others];
    generation.history.add(first);
    generation.last = { codes, embedded };
    generation.frames += 1;
    results.set(generation, { kind: "frame", codes });
  }
  return generations.map(
    (generation) => results.get(generation) ?? { kind: "end", reason: "length" },
  );
}

// The talker hears a frame only when the next one is wanted: after the last it has nothing to do.
async function hearLastFrames(
  generator: Generator,
  generations: readonly Generation[],
  time: StageTimer,
): Promise<void> {
  const { talker } = generator;
  const hearing = generations.filter(({ last }) => last !== undefined);
  if (hearing.length === 0) return;
  for (const together of runsOf(hearing, talker.precision)) {
    const rows = together.map((generation) => ({
      state: generation.state,
      x: nextInput(generation, generation.last!),
    }));
    const outputs = await time("talker", () => runTalker(talker, rows));
    // Noted run by run: the next one may fail, and who has heard a frame must not hear it again.
    for (const [index, generation] of together.entries()) {
      generation.output = outputs[index]!;
      generation.last = undefined;
    }
  }
}

type Speaking = { generation: Generation; first: number };

async function otherCodes(
  { codePredictor, embedder }: Generator,
  speaking: readonly Speaking[],
  time: StageTimer,
): Promise<PredictedFrame[]> {
  if (speaking.length === 0) return [];
  const rows = speaking.map(({ generation: { settings, frames, output }, first }) => ({
    first: joined([output!.hidden, embedder.codec(first)]),
    sampler: settings.subtalker,
    uniform: (group: number) => uniformNoise(settings.seed, frames, group),
  }));
  return time("predictor", () => predictCodes(codePredictor, rows, embedder.code));
}

/** What the talker hears of its own frame, and the next piece of text. */
function nextInput({ prefill, frames }: Generation, { embedded }: SpokenFrame): Float32Array {
  return addRows(embedded, prefill.trailing[frames - 1] ?? prefill.pad);
}

function firstCode(
  { talker }: Generator,
  { settings, history, frames, output }: Generation,
): number {
  const logits = output!.logits.slice();
  applyFirstCodeRules(logits, {
    repetitionPenalty: settings.repetitionPenalty,
    history,
    endOfSpeech: talker.config.codecIds.eos,
    endForbidden: frames < settings.minFrames,
  });
  return chooseCode(logits, settings.talker, uniformNoise(settings.seed, frames, 0));
}

// One request on its way from a prompt to frames of codes. In: a prefill and settings. Out: a frame at a time. What
// it gives depends on the request and its seed alone. Knows no text, no audio and no other request.
// Follows Qwen3TTSTalkerForConditionalGeneration and `generate` of transformers 4.57.
import type { GenerationDefaults } from "../checkpoint/generation-defaults.ts";
import type { Limits, Sampling } from "../speech-engine.ts";
import { predictCodes, type CodePredictor } from "./code-predictor.ts";
import { uniformNoise } from "./noise.ts";
import type { Embedder, Prefill } from "./prefill.ts";
import { addRows, joined } from "./rows.ts";
import { applyFirstCodeRules, chooseCode, type SamplerSettings } from "./sampler.ts";
import {
  createTalkerState,
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
  /** The newest frame, which the talker has yet to hear. */
  lastCodes: number[] | undefined;
  history: Set<number>;
  frames: number;
};

export type Generator = {
  talker: Talker;
  codePredictor: CodePredictor;
  embedder: Embedder;
};

export type FrameResult =
  { kind: "frame"; codes: number[] } | { kind: "end"; reason: "stop" | "length" };

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
    lastCodes: undefined,
    history: new Set(),
    frames: 0,
  };
}

/** Positions taken in at a time: requests beside this one wait no longer than that. */
const slicePositions = 32;

/** Take in the next rows of the prefill. The slices depend on nothing but the prompt's length. */
export async function advancePrefill(
  talker: Talker,
  generation: Generation,
): Promise<"more" | "done"> {
  const { rows } = generation.prefill;
  const width = talker.config.hiddenSize;
  const end = Math.min(generation.prefilled + slicePositions, rows.length / width);
  const slice = rows.slice(generation.prefilled * width, end * width);
  const output = await runTalker(talker, generation.state, slice);
  generation.prefilled = end;
  if (end * width < rows.length) return "more";
  generation.output = output;
  return "done";
}

export type Stage = "prefill" | "talker" | "predictor" | "codec";
export type StageTimer = <T>(stage: Stage, work: () => Promise<T>) => Promise<T>;

/** Call after the prefill is done, until the end. */
export async function nextFrame(
  generator: Generator,
  generation: Generation,
  time: StageTimer,
): Promise<FrameResult> {
  if (generation.frames >= generation.settings.maxFrames) return { kind: "end", reason: "length" };
  // The talker hears a frame only when the next one is wanted: after the last it has nothing to do.
  const { lastCodes } = generation;
  if (lastCodes) {
    const x = nextInput(generator, generation, lastCodes);
    generation.output = await time("talker", () =>
      runTalker(generator.talker, generation.state, x),
    );
  }
  const { hidden, logits } = generation.output!;
  const first = firstCode(generator, generation, logits);
  if (first === generator.talker.config.codecIds.eos) return { kind: "end", reason: "stop" };
  generation.history.add(first);
  const start = joined([hidden, generator.embedder.codec(first)]);
  const others = await time("predictor", () =>
    predictCodes(generator.codePredictor, start, {
      choose: (group, otherLogits) => {
        const { seed, subtalker } = generation.settings;
        return chooseCode(otherLogits, subtalker, uniformNoise(seed, generation.frames, group));
      },
      embed: generator.embedder.code,
    }),
  );
  const codes = [first, ...others];
  generation.lastCodes = codes;
  generation.frames += 1;
  return { kind: "frame", codes };
}

/** What the talker hears of its own frame, and the next piece of text. */
function nextInput(
  { embedder }: Generator,
  { prefill, frames }: Generation,
  codes: readonly number[],
): Float32Array {
  return addRows(embedder.frame(codes), prefill.trailing[frames - 1] ?? prefill.pad);
}

function firstCode(
  { talker }: Generator,
  { settings, history, frames }: Generation,
  logits: Float32Array,
): number {
  applyFirstCodeRules(logits, {
    repetitionPenalty: settings.repetitionPenalty,
    history,
    endOfSpeech: talker.config.codecIds.eos,
    endForbidden: frames < settings.minFrames,
  });
  return chooseCode(logits, settings.talker, uniformNoise(settings.seed, frames, 0));
}

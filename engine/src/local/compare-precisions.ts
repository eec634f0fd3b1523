// How near a precision is to the reference. In: a checkpoint folder and a precision. Out: cosine of the talker's hidden
// states and agreement of the likeliest codes, where both hear the same: the codes that f32 has chosen.
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.ts";
import { joined } from "../joined.ts";
import { releaseCodePredictor } from "../model/code-predictor.ts";
import {
  loadStepPredictor,
  predictBySteps,
  type StepPredictor,
} from "../model/code-predictor-steps.ts";
import type { Precision } from "../model/matrix.ts";
import { prefill, type PrefillSource } from "../model/prefill.ts";
import { loadPromptReader, predictorSource, type PromptReader } from "../model/qwen3-tts.ts";
import { addRows } from "../model/rows.ts";
import { applyFirstCodeRules, argMax } from "../model/sampler.ts";
import { createTalkerState, runPrompt, runTalker } from "../model/talker.ts";
import { rightProducts } from "./check-products.ts";
import { graphOptions } from "./graph-options.ts";

export type PrecisionComparison = {
  /** Mean over the frames. */
  hiddenCosine: number;
  /** For each codebook, how often the likeliest code is the same, 0..1. */
  codebookAgreement: number[];
};

export type ComparisonOptions = { precision: Precision; text: string; frames: number };

/** What one precision says, frame by frame; `codes` are its own choice, whatever it was made to hear. */
type Course = { hidden: Float32Array[]; codes: number[][] };

export async function comparePrecisions(
  folder: string,
  { precision, text, frames }: ComparisonOptions,
): Promise<PrecisionComparison> {
  const checkpoint = await openCheckpoint(folder);
  const course = async (of: Precision, heard?: readonly number[][]): Promise<Course> => {
    const products = await rightProducts(of, await graphOptions(checkpoint));
    const options = { ...products, precision: of, pretokenizer: "qwen" } as const;
    const reader = await loadPromptReader(checkpoint, options);
    try {
      // Not the one that speaks, which chooses by itself: this one lets others choose.
      const source = predictorSource(checkpoint, options);
      const predictor = await loadStepPredictor(checkpoint.tensors, source);
      try {
        return await run(reader, { predictor, text, frames, heard });
      } finally {
        await releaseCodePredictor(predictor);
      }
    } finally {
      await reader.release();
    }
  };
  const reference = await course("f32");
  const other = await course(precision, reference.codes);
  const cosines = reference.hidden.map((hidden, frame) => cosine(hidden, other.hidden[frame]!));
  const groups = checkpoint.config.talker.codeGroups;
  return {
    hiddenCosine: meanOf(cosines),
    codebookAgreement: Array.from({ length: groups }, (_, group) =>
      meanOf(
        reference.codes.map((codes, frame) =>
          codes[group] === other.codes[frame]![group] ? 1 : 0,
        ),
      ),
    ),
  };
}

type RunOptions = Pick<ComparisonOptions, "text" | "frames"> & {
  predictor: StepPredictor;
  heard: readonly number[][] | undefined;
};

async function run(
  reader: PromptReader,
  { predictor, text, frames, heard }: RunOptions,
): Promise<Course> {
  const { checkpoint, talker, embedder } = reader;
  const source = plainSource(reader, text);
  const { rows, trailing, pad } = await prefill(checkpoint.config, embedder, source);
  const state = createTalkerState(talker);
  const course: Course = { hidden: [], codes: [] };
  let x = rows;
  for (let frame = 0; frame < frames; frame++) {
    const row = { state, x };
    const { hidden, logits } =
      frame === 0 ? await runPrompt(talker, row) : (await runTalker(talker, [row]))[0]!;
    const first = firstCode(checkpoint, logits);
    const given = heard?.[frame];
    const chosen: number[] = [first];
    const start = joined([hidden, embedder.codec(given?.[0] ?? first)]);
    const choose = (group: number, groupLogits: Float32Array) => {
      const code = argMax(groupLogits);
      chosen.push(code);
      return given?.[group] ?? code;
    };
    const [others] = await predictBySteps(predictor, [{ first: start, choose }], embedder.code);
    course.hidden.push(hidden);
    course.codes.push(chosen);
    x = addRows(embedder.frame(given ?? [first, ...others!]), trailing[frame] ?? pad);
  }
  return course;
}

/** Its own first speaker, where it has one; no instruction. */
function plainSource(
  { checkpoint, writePrompt, embedder }: PromptReader,
  text: string,
): PrefillSource {
  const [speaker] = checkpoint.config.speakers.values();
  return {
    prompt: writePrompt({ text }),
    languageId: null,
    speaker: speaker ? embedder.codec(speaker.id) : null,
    referenceFrames: null,
    layout: "whole",
  };
}

/** End of speech is not chosen: both shall go on. */
function firstCode({ config }: Checkpoint, logits: Float32Array): number {
  applyFirstCodeRules(logits, {
    repetitionPenalty: 1,
    history: new Set(),
    endOfSpeech: config.talker.codecIds.eos,
    endForbidden: true,
  });
  return argMax(logits);
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [product, ofA, ofB] = [0, 0, 0];
  a.forEach((value, i) => {
    product += value * b[i]!;
    ofA += value ** 2;
    ofB += b[i]! ** 2;
  });
  return product / Math.sqrt(ofA * ofB);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// The code predictor: the talker's hidden state and the first code of a frame -> its other codes. In: both, settings and
// random numbers. Out: the codes, and what the talker hears of the frame. Chooses how it is run; nothing is kept from frame to frame.
import type { CodePredictorConfig } from "../checkpoint/model-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import type { Device } from "../runtime/device.ts";
import type { Session } from "../runtime/session.ts";
import {
  canPredictFrames,
  frameGraphName,
  loadFramePredictor,
  predictFrame,
  type FramePredictor,
  type FrameRow,
  type PredictedFrame,
} from "./code-predictor-frame.ts";
import {
  headName,
  loadStepPredictor,
  predictBySteps,
  type StepPredictor,
} from "./code-predictor-steps.ts";
import type { CodePredictorSource, EmbedCode } from "./code-predictor-weights.ts";
import { runsOf } from "./decoder-run.ts";
import type { Precision } from "./matrix.ts";
import { addRows, rowOf } from "./rows.ts";
import { chooseCode } from "./sampler.ts";

export type CodePredictor = FramePredictor | StepPredictor;

export function loadCodePredictor(
  tensors: TensorTable,
  source: CodePredictorSource,
  device: Device = "cpu",
): Promise<CodePredictor> {
  return canPredictFrames(source.config, device)
    ? loadFramePredictor(tensors, source)
    : loadStepPredictor(tensors, source);
}

/** Of the graphs of a code predictor on the processor the one that is loaded last. */
export function lastGraphName(config: CodePredictorConfig, precision: Precision): string {
  return canPredictFrames(config, "cpu")
    ? frameGraphName(precision)
    : headName(config.codeGroups - 2, precision);
}

export async function releaseCodePredictor(predictor: CodePredictor): Promise<void> {
  await Promise.all(predictorSessions(predictor).map((session) => session.release()));
}

export function predictorSessions(predictor: CodePredictor): Session[] {
  switch (predictor.kind) {
    case "frame":
      return [predictor.session];
    case "steps":
      return [predictor.body, ...predictor.heads];
    default:
      return predictor satisfies never;
  }
}

/** @returns a frame for each row */
export async function predictCodes(
  predictor: CodePredictor,
  rows: readonly FrameRow[],
  embed: EmbedCode,
): Promise<PredictedFrame[]> {
  const frames: PredictedFrame[] = [];
  for (const together of runsOf(rows, predictor.precision)) {
    frames.push(...(await predictTogether(predictor, together, embed)));
  }
  return frames;
}

async function predictTogether(
  predictor: CodePredictor,
  rows: readonly FrameRow[],
  embed: EmbedCode,
): Promise<PredictedFrame[]> {
  if (predictor.kind === "frame") return predictFrame(predictor, rows);
  const choosing = rows.map(({ first, sampler, uniform }) => ({
    first,
    choose: (group: number, logits: Float32Array) => chooseCode(logits, sampler, uniform(group)),
  }));
  const codes = await predictBySteps(predictor, choosing, embed);
  return rows.map(({ first }, row) => ({
    codes: codes[row]!,
    embedded: addRows(
      rowOf(first, 1, predictor.talkerSize),
      ...codes[row]!.map((code, index) => embed(index + 1, code)),
    ),
  }));
}

// What a model that was just loaded costs on this machine. In: its generator and its codec. Out: a table, as plain data.
// It is the warm-up too: the runtime plans its memory at the first run of each size, which no request shall wait for.
import {
  advancePrefill,
  createGeneration,
  generationSettings,
  nextFrames,
  releaseGeneration,
  type Generation,
} from "../model/generation.ts";
import type { Prefill } from "../model/prefill.ts";
import type { Qwen3Tts } from "../model/qwen3-tts.ts";
import { codecCallSizes, largestCall } from "../scheduler/plan.ts";
import type { CodecThread } from "./codec-thread.ts";

/** Wall time of one row alone. */
export type SpeechCosts = {
  /** Talker and predictor for one frame. */
  stepMs: number;
  /** A codec call, by its frames. */
  codecMs: Map<number, number>;
  /** One frame, with steps and codec calls beside each other as in speech. */
  frameMs: number;
};

/** The largest calls that are timed beside steps. The faster one counts: the other was disturbed. */
const rounds = 2;
/** Positions of the prompt: about those of a hundred characters. */
const promptPositions = 36;

/** @param known from an earlier load: then it only warms up */
export async function measureCosts(
  model: Qwen3Tts,
  codec: CodecThread,
  known: SpeechCosts | null = null,
): Promise<SpeechCosts> {
  const { generator, checkpoint } = model;
  const frames = (rounds + 2) * largestCall;
  const limits = { minFrames: frames, maxFrames: frames };
  const settings = generationSettings(checkpoint.generation, { seed: 0, sampling: {}, limits });
  const generation = createGeneration(generator.talker, somePrompt(model), settings);
  const stream = codec.openStream();
  try {
    while ((await advancePrefill(generator.talker, generation)) === "more");
    await step(model, generation, 1);
    const frame = generation.last!.codes;
    const call = (size: number, alone = false) =>
      codec.decode(stream, Array<number[]>(size).fill(frame), { dueMs: 0, alone });
    for (const size of codecCallSizes()) await call(size);
    // On the processor the graph of its own that a lone call has takes a frame at a time, whatever the call's size.
    await call(1, true);
    if (known) return known;
    const codecMs = new Map<number, number>();
    for (const size of codecCallSizes()) codecMs.set(size, (await call(size, true)).ms);
    const stepMs = (await timed(() => step(model, generation, largestCall))) / largestCall;
    let roundMs = Infinity;
    for (let round = 0; round < rounds; round++) {
      const both = () => Promise.all([step(model, generation, largestCall), call(largestCall)]);
      roundMs = Math.min(roundMs, await timed(both));
    }
    return { stepMs, codecMs, frameMs: roundMs / largestCall };
  } finally {
    codec.closeStream(stream);
    releaseGeneration(generator.talker, generation);
  }
}

async function step({ generator }: Qwen3Tts, generation: Generation, count: number): Promise<void> {
  for (let frame = 0; frame < count; frame++) {
    await nextFrames(generator, [generation], (_stage, work) => work());
  }
}

/** No text has to be embedded for it: what a row holds costs nothing more or less. */
function somePrompt({ generator }: Qwen3Tts): Prefill {
  const { talker, embedder } = generator;
  const row = embedder.codec(talker.config.codecIds.pad);
  const rows = new Float32Array(promptPositions * row.length);
  for (let position = 0; position < promptPositions; position++) {
    rows.set(row, position * row.length);
  }
  return { rows, trailing: [], pad: row };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

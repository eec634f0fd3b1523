// From logits to codes as part of a graph: `chooseCode` of sampler.ts for several rows at once. In: logits, settings, random
// numbers. Out: codes. Knows no model.
import { symbol } from "../graph/dim.ts";
import type { Graph, Value } from "../graph/graph.ts";
import {
  countWhere,
  cumulativeSum,
  lessOrEqual,
  lessThan,
  pick,
  topK,
  where,
} from "../graph/ops-compare.ts";
import { div, mul, sub } from "../graph/ops-elementwise.ts";
import { greatest, softmax } from "../graph/ops-reduce.ts";
import type { Tensor } from "../runtime/session.ts";
import type { SamplerSettings } from "./sampler.ts";

/** One row each, [batch, 1]; but the number of codes that are left by top-k is the same for all: int64 [1]. */
export type SamplingValues = { temperature: Value; topP: Value; topK: Value };

/** Inputs of a graph. `samplingFeeds` makes them. */
export function samplingInputs(graph: Graph): SamplingValues {
  const batch = symbol("batch");
  return {
    temperature: graph.input("temperature", "float32", [batch, 1]),
    topP: graph.input("top_p", "float32", [batch, 1]),
    topK: graph.input("top_k", "int64", [1]),
  };
}

/**
 * Of codes that are as likely as the last one that top-k leaves, only the first ones are left.
 * @param logits [batch, vocabSize] @param uniform float32 [batch, 1], see `uniformFor` @returns int64 [batch, 1]
 */
export function chooseCodes(logits: Value, sampling: SamplingValues, uniform: Value): Value {
  const scaled = div(logits, sampling.temperature);
  const { values, indices } = topK(scaled, sampling.topK, symbol("left"));
  const shares = softmax(values);
  const reached = cumulativeSum(shares);
  // The nucleus: codes before which a share of topP is not reached. Its own share is what it reaches last.
  const inside = lessThan(sub(reached, shares), sampling.topP);
  const nothing = logits.graph.constant("float32", 0);
  const total = greatest(where(inside, reached, nothing));
  return pick(indices, countWhere(lessOrEqual(reached, mul(total, uniform))));
}

/** @param settings of each row; all have one topK, which is the checkpoint's */
export function samplingFeeds(
  settings: readonly SamplerSettings[],
  vocabSize: number,
): Record<string, Tensor> {
  const column = (valueOf: (of: SamplerSettings) => number): Tensor => ({
    data: Float32Array.from(settings, valueOf),
    shape: [settings.length, 1],
  });
  const { topK } = settings[0]!;
  // Upstream takes 0 for no limit.
  const left = topK === 0 ? vocabSize : Math.min(topK, vocabSize);
  return {
    temperature: column(({ doSample, temperature }) => (doSample ? temperature : 1)),
    top_p: column((of) => of.topP),
    top_k: { data: BigInt64Array.of(BigInt(left)), shape: [1] },
  };
}

/** The greatest float32 below 1. */
const belowOne = 1 - 2 ** -24;

/** Who takes the likeliest code always takes the first one that is left. @param uniform in [0, 1) */
export function uniformFor({ doSample }: SamplerSettings, uniform: number): number {
  return doSample ? Math.min(uniform, belowOne) : 0;
}

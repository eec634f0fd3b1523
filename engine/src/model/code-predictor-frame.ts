// The code predictor as one run a frame: a loop over the groups, in which codes are chosen and embedded, too. In: the talker's
// hidden state and the first code of a frame, settings and random numbers. Out: the other codes, and the sum of the
// embeddings of all. Nothing is kept from frame to frame.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerCodePredictorModelForConditionalGeneration).
import type { CodePredictorConfig } from "../checkpoint/model-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol, type Dim } from "../graph/dim.ts";
import { Graph, seenIn, type Value } from "../graph/graph.ts";
import { loop, oneOf, type Carried } from "../graph/ops-control.ts";
import { add, mul } from "../graph/ops-elementwise.ts";
import { gather, slice } from "../graph/ops-shape.ts";
import { joined } from "../joined.ts";
import type { Device } from "../runtime/device.ts";
import { floats, type Session, type Tensor } from "../runtime/session.ts";
import type { KeysValues } from "./attention.ts";
import { carriedAttention } from "./carried-attention.ts";
import {
  headMatrix,
  mostPositions,
  predictorEmbeddings,
  predictorWeights,
  smallToMtpProjection,
  type CodePredictorSource,
} from "./code-predictor-weights.ts";
import { multiply, type Precision } from "./matrix.ts";
import { qwen3Decoder } from "./qwen3-layers.ts";
import { rowOf } from "./rows.ts";
import type { SamplerSettings } from "./sampler.ts";
import { chooseCodes, samplingFeeds, samplingInputs, uniformFor } from "./sampler-graph.ts";
import { stacked } from "./tensor-weights.ts";

export type FramePredictor = Pick<CodePredictorSource, "config" | "talkerSize" | "precision"> & {
  kind: "frame";
  session: Session;
};

export type FrameRow = {
  /** The talker's hidden state and the embedding of code 0. [2, talkerSize] */
  first: Float32Array;
  sampler: SamplerSettings;
  /** In [0, 1), for a group. */
  uniform: (group: number) => number;
};

export type PredictedFrame = {
  /** Of groups 1, 2, … */
  codes: number[];
  /** The sum of the embeddings of all the frame's codes, that of group 0 among them. [talkerSize] */
  embedded: Float32Array;
};

/** Attention has a kernel for float32 on the processor, and for heads of whole sixteens. */
export function canPredictFrames({ headDim }: CodePredictorConfig, device: Device): boolean {
  return device === "cpu" && headDim % 16 === 0;
}

export async function loadFramePredictor(
  tensors: TensorTable,
  source: CodePredictorSource,
): Promise<FramePredictor> {
  const { config, talkerSize, precision, load } = source;
  const session = await load(frameGraphName(precision), (name) =>
    frameGraph(name, tensors, source),
  );
  return { kind: "frame", config, talkerSize, precision, session };
}

export function frameGraphName(precision: Precision): string {
  return `code-predictor-frame-${precision}`;
}

/** @param rows may go through a run together, see `runsOf` */
export async function predictFrame(
  { session, config, talkerSize }: FramePredictor,
  rows: readonly FrameRow[],
): Promise<PredictedFrame[]> {
  const batch = rows.length;
  const groups = config.codeGroups - 1;
  const first = joined(rows.map((row) => row.first));
  const uniform = Float32Array.from({ length: groups * batch }, (_, index) => {
    const { sampler, uniform: uniformOf } = rows[index % batch]!;
    return uniformFor(sampler, uniformOf(Math.floor(index / batch) + 1));
  });
  const settings = rows.map(({ sampler }) => sampler);
  const outputs = await session.run({
    first: { data: first, shape: [batch, 2, talkerSize] },
    uniform: { data: uniform, shape: [groups, batch, 1] },
    ...samplingFeeds(settings, config.vocabSize),
    ...nothingBefore(config, batch),
  });
  const codes = outputs.codes!.data as BigInt64Array; // [groups, batch, 1]
  const embedded = floats(outputs, "embedded");
  return rows.map((_, row) => ({
    codes: Array.from({ length: groups }, (__, group) => Number(codes[group * batch + row])),
    embedded: rowOf(embedded, row, talkerSize),
  }));
}

/** The first round takes in two positions. */
function nothingBefore(
  { kvHeads, headDim }: CodePredictorConfig,
  batch: number,
): Record<string, Tensor> {
  return {
    last_positions: { data: new Int32Array(batch).fill(1), shape: [batch] },
    nothing: { data: new Float32Array(), shape: [batch, kvHeads, 0, headDim] },
  };
}

function frameGraph(name: string, tensors: TensorTable, source: CodePredictorSource): Graph {
  const { config, talkerSize } = source;
  const groups = config.codeGroups - 1;
  const graph = new Graph(name);
  const batch = symbol("batch");
  const first = graph.input("first", "float32", [batch, 2, talkerSize]);
  const uniform = graph.input("uniform", "float32", [groups, batch, 1]);
  const sampling = samplingInputs(graph);
  const embedding = stacked("code_embeddings", predictorEmbeddings(tensors, source));
  const { carried, collected } = loop(
    graph,
    { times: groups, carried: startOf(first, config, batch) },
    ({ graph: round, index, carried: before }) => {
      const { hidden, present } = advance(before, tensors, source);
      const logits = oneOf(index, groups, (branch, head) =>
        multiply(seenIn(branch, hidden), headMatrix(tensors, source, head)),
      );
      const seen = (value: Value) => seenIn(round, value);
      const code = chooseCodes(
        logits,
        {
          temperature: seen(sampling.temperature),
          topP: seen(sampling.topP),
          topK: seen(sampling.topK),
        },
        gather(seen(uniform), index),
      );
      const offset = mul(index, round.constant("int64", config.vocabSize));
      const x = gather(round.weight(embedding), add(code, offset)); // [batch, 1, talkerSize]
      const one = round.constant("int32", 1);
      const moved = {
        x,
        embedded: add(before.embedded!, x),
        last_positions: add(before.last_positions!, one),
        total: add(before.total!, one),
      };
      return { carried: { ...moved, ...namedLayers(present) }, collected: code };
    },
  );
  graph.output("codes", collected);
  graph.output("embedded", carried.embedded!);
  return graph;
}

/** What the first round finds. */
function startOf(first: Value, config: CodePredictorConfig, batch: Dim): Record<string, Carried> {
  const { graph } = first;
  const { layers, kvHeads, headDim } = config;
  const talkerSize = first.shape[2]!;
  const lastPositions = graph.input("last_positions", "int32", [batch]);
  const nothing = graph.input("nothing", "float32", [batch, kvHeads, 0, headDim]);
  const past = { initial: nothing, shape: [batch, kvHeads, symbol("past"), headDim] };
  const embeddingOfFirst = slice(first, { axis: 1, start: 1 });
  return {
    x: { initial: first, shape: [batch, symbol("time"), talkerSize] },
    embedded: { initial: embeddingOfFirst, shape: [batch, 1, talkerSize] },
    last_positions: { initial: lastPositions, shape: [batch] },
    total: { initial: graph.constant("int32", [2]), shape: [1] },
    ...namedLayers(Array.from({ length: layers }, () => ({ keys: past, values: past }))),
  };
}

/** One position, or the first two. @returns hidden [batch, hiddenSize] */
function advance(
  before: Record<string, Value>,
  tensors: TensorTable,
  source: CodePredictorSource,
): { hidden: Value; present: readonly KeysValues[] } {
  const { config } = source;
  const narrowed = smallToMtpProjection(before.x!, tensors, source);
  let present: readonly KeysValues[] = [];
  const attention = carriedAttention(narrowed, config, {
    positions: mostPositions(config),
    lastPositions: before.last_positions!,
    total: before.total!,
    past: Array.from({ length: config.layers }, (_, layer) => ({
      keys: before[`keys.${layer}`]!,
      values: before[`values.${layer}`]!,
    })),
    keep: (kept) => (present = kept),
  });
  const hidden = qwen3Decoder(narrowed, predictorWeights(tensors, source), { config, attention });
  return { hidden, present };
}

function namedLayers<Of>(layers: readonly { keys: Of; values: Of }[]): Record<string, Of> {
  return Object.fromEntries(
    layers.flatMap(({ keys, values }, layer) => [
      [`keys.${layer}`, keys],
      [`values.${layer}`, values],
    ]),
  );
}

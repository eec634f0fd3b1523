// The code predictor run by run, as every device can: one run for each code, and one for its logits. In: the talker's hidden
// state and the first code of a frame, and how to choose. Out: the other codes. Nothing is kept from frame to frame.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerCodePredictorModelForConditionalGeneration).
import type { CodePredictorConfig } from "../checkpoint/model-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol } from "../graph/dim.ts";
import { Graph } from "../graph/graph.ts";
import { floats, type Session } from "../runtime/session.ts";
import {
  headMatrix,
  mostPositions,
  predictorWeights,
  smallToMtpProjection,
  type CodePredictorSource,
  type EmbedCode,
} from "./code-predictor-weights.ts";
import { runDecoder } from "./decoder-run.ts";
import { createKeyValuePool, joinPool } from "./key-value-pool.ts";
import { multiply, type Matrix } from "./matrix.ts";
import { pooledAttention, qwen3Decoder } from "./qwen3-layers.ts";
import { rotaryFrequencies } from "./rotary.ts";
import { rowOf } from "./rows.ts";

export type StepPredictor = Pick<CodePredictorSource, "config" | "talkerSize" | "precision"> & {
  kind: "steps";
  body: Session;
  /** Of the groups 1, 2, …: logits of their codes. */
  heads: Session[];
  /** [headDim / 2] */
  frequencies: Float32Array;
};

/** What it needs to know of one request. */
export type StepRow = {
  /** The talker's hidden state and the embedding of code 0. [2, talkerSize] */
  first: Float32Array;
  /** The code of a group from its logits, [vocabSize], which it may change. */
  choose: (group: number, logits: Float32Array) => number;
};

export async function loadStepPredictor(
  tensors: TensorTable,
  source: CodePredictorSource,
): Promise<StepPredictor> {
  const { config, talkerSize, precision, load } = source;
  const body = await load(`code-predictor-${precision}`, (name) =>
    bodyGraph(name, tensors, source),
  );
  const heads: Session[] = [];
  for (let head = 0; head < config.codeGroups - 1; head++) {
    const session = await load(headName(head, precision), (name) =>
      headGraph(name, source.config, headMatrix(tensors, source, head)),
    );
    heads.push(session);
  }
  const frequencies = rotaryFrequencies(config.headDim, config.ropeTheta);
  return { kind: "steps", config, talkerSize, precision, body, heads, frequencies };
}

/** Of a head's graph. */
export function headName(head: number, precision: CodePredictorSource["precision"]): string {
  return `code-predictor-head${head}-${precision}`;
}

/** @param rows may go through a run together, see `runsOf` @returns for each the codes of groups 1, 2, … */
export async function predictBySteps(
  predictor: StepPredictor,
  rows: readonly StepRow[],
  embed: EmbedCode,
): Promise<number[][]> {
  const { config, talkerSize, body, heads, frequencies } = predictor;
  const codes: number[][] = rows.map(() => []);
  const capacity = mostPositions(config);
  const leastReserved = rows.length * capacity;
  const pool = createKeyValuePool({ config, frequencies, capacity, leastReserved });
  // They stay in the order in which they come: all of them are in each run.
  const places = rows.map(() => joinPool(pool));
  let x = rows.map(({ first }) => first);
  for (const [index, head] of heads.entries()) {
    const run = places.map((place, row) => ({ place, x: x[row]! }));
    const { outputs } = await runDecoder({ session: body, pool }, run, talkerSize);
    const logits = floats(await head.run({ hidden: outputs.hidden! }), "logits");
    const group = index + 1;
    const chosen = rows.map(({ choose }, row) =>
      choose(group, rowOf(logits, row, config.vocabSize)),
    );
    chosen.forEach((code, row) => codes[row]!.push(code));
    x = chosen.map((code) => embed(group, code));
  }
  return codes;
}

function bodyGraph(name: string, tensors: TensorTable, source: CodePredictorSource): Graph {
  const { config, talkerSize } = source;
  const graph = new Graph(name);
  const x = graph.input("x", "float32", [symbol("batch"), symbol("time"), talkerSize]);
  const narrowed = smallToMtpProjection(x, tensors, source);
  const attention = pooledAttention(narrowed, config);
  const weights = predictorWeights(tensors, source);
  graph.output("hidden", qwen3Decoder(narrowed, weights, { config, attention }));
  return graph;
}

function headGraph(name: string, { hiddenSize }: CodePredictorConfig, matrix: Matrix): Graph {
  const graph = new Graph(name);
  const hidden = graph.input("hidden", "float32", [symbol("batch"), hiddenSize]);
  graph.output("logits", multiply(hidden, matrix));
  return graph;
}

// The code predictor: the talker's hidden state and the first code of a frame -> its other codes. In: both, and
// how to choose a code. Out: the codes. Nothing is kept from frame to frame.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerCodePredictorModelForConditionalGeneration).
import type { CodePredictorConfig } from "../checkpoint/model-config.ts";
import type { CheckpointTensor, TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol } from "../graph/dim.ts";
import { Graph, type Value } from "../graph/graph.ts";
import { add } from "../graph/ops-elementwise.ts";
import { joined } from "../joined.ts";
import type { Device } from "../runtime/device.ts";
import { floats, type Session, type Tensor } from "../runtime/session.ts";
import {
  carriedAttention,
  carriedLengths,
  carriedOn,
  nothingCarried,
} from "./carried-attention.ts";
import { runDecoder, runsOf } from "./decoder-run.ts";
import { createKeyValuePool, joinPool } from "./key-value-pool.ts";
import type { GraphLoader } from "./load-graph.ts";
import { matrixOf, multiply, type Precision } from "./matrix.ts";
import { pooledAttention, qwen3Decoder, qwen3Weights } from "./qwen3-layers.ts";
import { rotaryFrequencies } from "./rotary.ts";
import { rowOf } from "./rows.ts";
import { stored } from "./tensor-weights.ts";

export type CodePredictor = {
  config: CodePredictorConfig;
  /** Width of its inputs. */
  talkerSize: number;
  body: Session;
  /** Of the groups 1, 2, …: logits of their codes. */
  heads: Session[];
  /** [headDim / 2] */
  frequencies: Float32Array;
  precision: Precision;
  attention: PredictorAttention;
};

/** One op, or the many that take heads of any size on any device. */
export type PredictorAttention = "carried" | "pooled";

/** The op has a kernel for float32 on the processor, and for heads of whole sixteens. */
export function predictorAttention(
  { headDim }: Pick<CodePredictorConfig, "headDim">,
  device: Device = "cpu",
): PredictorAttention {
  return device === "cpu" && headDim % 16 === 0 ? "carried" : "pooled";
}

export type CodePredictorSource = {
  config: CodePredictorConfig;
  talkerSize: number;
  precision: Precision;
  attention: PredictorAttention;
  load: GraphLoader;
};

/** The code of a group from its logits, [vocabSize], which it may change. */
export type ChooseCode = (group: number, logits: Float32Array) => number;

/** What the predictor needs to know of one request. */
export type PredictorRow = {
  /** The talker's hidden state and the embedding of code 0. [2, talkerSize] */
  first: Float32Array;
  choose: ChooseCode;
};

const prefix = "talker.code_predictor";

export async function loadCodePredictor(
  tensors: TensorTable,
  { load, ...source }: CodePredictorSource,
): Promise<CodePredictor> {
  const { config, precision, attention } = source;
  const body = await load(`code-predictor-${attention}-${precision}`, (name) =>
    bodyGraph(name, tensors, source),
  );
  const heads: Session[] = [];
  for (let head = 0; head < config.codeGroups - 1; head++) {
    const session = await load(headName(head, precision), (name) =>
      headGraph(name, tensors, { config, head, precision }),
    );
    heads.push(session);
  }
  const frequencies = rotaryFrequencies(config.headDim, config.ropeTheta);
  return { ...source, body, heads, frequencies };
}

/** Of a head's graph. */
export function headName(head: number, precision: Precision): string {
  return `code-predictor-head${head}-${precision}`;
}

/** The embeddings of the codes of groups 1, 2, …, each [vocabSize, talkerSize]. */
export function predictorEmbeddings(
  tensors: TensorTable,
  { config, talkerSize }: Pick<CodePredictorSource, "config" | "talkerSize">,
): CheckpointTensor[] {
  return Array.from({ length: config.codeGroups - 1 }, (_, table) =>
    tensors.get(`${prefix}.model.codec_embedding.${table}.weight`, [config.vocabSize, talkerSize]),
  );
}

/** The embedding of a code of a group, [talkerSize]. */
export type EmbedCode = (group: number, code: number) => Float32Array;

/** @returns for each row the codes of groups 1, 2, … */
export async function predictCodes(
  predictor: CodePredictor,
  rows: readonly PredictorRow[],
  embed: EmbedCode,
): Promise<number[][]> {
  const codes: number[][] = [];
  for (const together of runsOf(rows, predictor.precision)) {
    codes.push(...(await predictTogether(predictor, together, embed)));
  }
  return codes;
}

async function predictTogether(
  predictor: CodePredictor,
  rows: readonly PredictorRow[],
  embed: EmbedCode,
): Promise<number[][]> {
  const { config, heads, attention } = predictor;
  const codes: number[][] = rows.map(() => []);
  const goOn = attention === "carried" ? carriedBody : pooledBody;
  const body = goOn(predictor, rows.length);
  let x = rows.map(({ first }) => first);
  for (const [index, head] of heads.entries()) {
    const logits = floats(await head.run({ hidden: await body(x) }), "logits");
    const group = index + 1;
    const chosen = rows.map(({ choose }, row) =>
      choose(group, rowOf(logits, row, config.vocabSize)),
    );
    chosen.forEach((code, row) => codes[row]!.push(code));
    x = chosen.map((code) => embed(group, code));
  }
  return codes;
}

/** The next inputs of each row, [positions, talkerSize] -> hidden, [rows, hiddenSize]. One frame's, called again and again. */
type Body = (x: readonly Float32Array[]) => Promise<Tensor>;

function carriedBody({ config, talkerSize, body }: CodePredictor, rows: number): Body {
  let carried = nothingCarried(config, rows);
  let total = 0;
  return async (x) => {
    const frames = x[0]!.length / talkerSize;
    total += frames;
    const input = { data: joined(x), shape: [rows, frames, talkerSize] };
    const outputs = await body.run({ x: input, ...carriedLengths(rows, total), ...carried });
    carried = carriedOn(config, outputs);
    return outputs.hidden!;
  };
}

function pooledBody({ config, talkerSize, body, frequencies }: CodePredictor, rows: number): Body {
  const capacity = mostPositions(config);
  const leastReserved = rows * capacity;
  const pool = createKeyValuePool({ config, frequencies, capacity, leastReserved });
  // They stay in the order in which they come: all of them are in each run.
  const places = Array.from({ length: rows }, () => joinPool(pool));
  return async (x) => {
    const run = places.map((place, row) => ({ place, x: x[row]! }));
    const { outputs } = await runDecoder({ session: body, pool }, run, talkerSize);
    return outputs.hidden!;
  };
}

/** The talker's hidden state, and all codes but the last. */
function mostPositions({ codeGroups }: CodePredictorConfig): number {
  return codeGroups;
}

type GraphOptions = Omit<CodePredictorSource, "load">;

function bodyGraph(name: string, tensors: TensorTable, options: GraphOptions): Graph {
  const { config, talkerSize, precision } = options;
  const graph = new Graph(name);
  const x = graph.input("x", "float32", [symbol("batch"), symbol("time"), talkerSize]);
  const weights = qwen3Weights(tensors, `${prefix}.model`, { config, precision });
  const narrowed = smallToMtpProjection(x, tensors, options);
  const attention =
    options.attention === "carried"
      ? carriedAttention(narrowed, config, mostPositions(config))
      : pooledAttention(narrowed, config);
  graph.output("hidden", qwen3Decoder(narrowed, weights, { config, attention }));
  return graph;
}

/** Only where the talker is wider. */
function smallToMtpProjection(
  x: Value,
  tensors: TensorTable,
  { config: { hiddenSize }, talkerSize, precision }: GraphOptions,
): Value {
  if (hiddenSize === talkerSize) return x;
  const name = `${prefix}.small_to_mtp_projection`;
  const weight = tensors.get(`${name}.weight`, [hiddenSize, talkerSize]);
  const bias = stored(tensors, `${name}.bias`, [hiddenSize]);
  return add(multiply(x, matrixOf(name, [weight], precision)), x.graph.weight(bias));
}

function headGraph(
  name: string,
  tensors: TensorTable,
  { config, head, precision }: Pick<GraphOptions, "config" | "precision"> & { head: number },
): Graph {
  const graph = new Graph(name);
  const { hiddenSize, vocabSize } = config;
  const hidden = graph.input("hidden", "float32", [symbol("batch"), hiddenSize]);
  const tensor = tensors.get(`${prefix}.lm_head.${head}.weight`, [vocabSize, hiddenSize]);
  const matrix = matrixOf(`${prefix}.lm_head.${head}`, [tensor], precision);
  graph.output("logits", multiply(hidden, matrix));
  return graph;
}

// The talker: rows of embeddings -> what it would say next. In: states of requests, for each rows of one or more
// positions. Out: the last position's hidden state and the logits of the first code; the states moved on. Prompts and
// steps are the same graph, if not in the same precision. Knows no text and no sampling.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerForConditionalGeneration).
import type { TalkerConfig } from "../checkpoint/model-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol } from "../graph/dim.ts";
import { Graph } from "../graph/graph.ts";
import { floats, type Session } from "../runtime/session.ts";
import { runDecoder } from "./decoder-run.ts";
import {
  createKeyValuePool,
  joinPool,
  leavePool,
  type KeyValuePool,
  type Place,
} from "./key-value-pool.ts";
import type { GraphLoader } from "./load-graph.ts";
import { matrixOf, multiply, type Precision } from "./matrix.ts";
import { pooledAttention, qwen3Decoder, qwen3Weights } from "./qwen3-layers.ts";
import { rotaryFrequencies } from "./rotary.ts";
import { rowOf } from "./rows.ts";

export type Talker = {
  config: TalkerConfig;
  precision: Precision;
  session: Session;
  /** For prompts; may be the same. */
  promptSession: Session;
  pool: KeyValuePool;
};

/** Of one request. */
export type TalkerState = Place;

export type TalkerOutput = {
  /** After the final norm. [hiddenSize] */
  hidden: Float32Array;
  /** [vocabSize] */
  logits: Float32Array;
};

/** Rows of one request: as many in each of a run. [positions, hiddenSize] */
export type TalkerRow = { state: TalkerState; x: Float32Array };

export type TalkerSource = {
  config: TalkerConfig;
  precision: Precision;
  /** Of the weights that prompts are taken in with. */
  forPrompts: Precision;
  load: GraphLoader;
};

export async function loadTalker(
  tensors: TensorTable,
  { config, precision, forPrompts, load }: TalkerSource,
): Promise<Talker> {
  const sessionAt = (at: Precision) =>
    load(`talker-${at}`, (name) => talkerGraph(name, tensors, { config, precision: at }));
  const session = await sessionAt(precision);
  const promptSession = forPrompts === precision ? session : await sessionAt(forPrompts);
  const frequencies = rotaryFrequencies(config.headDim, config.ropeTheta);
  const pool = createKeyValuePool({ config, frequencies });
  return { config, precision, session, promptSession, pool };
}

export async function releaseTalker({ session, promptSession }: Talker): Promise<void> {
  await Promise.all([...new Set([session, promptSession])].map((each) => each.release()));
}

export function createTalkerState({ pool }: Talker): TalkerState {
  return joinPool(pool);
}

export function releaseTalkerState({ pool }: Talker, state: TalkerState): void {
  leavePool(pool, state);
}

/** Steps. @param rows may go through a run together, see `runsOf` @returns an output for each, in their order */
export function runTalker(talker: Talker, rows: readonly TalkerRow[]): Promise<TalkerOutput[]> {
  return run(talker, talker.session, rows);
}

/** A prompt, or a part of it. */
export async function runPrompt(talker: Talker, row: TalkerRow): Promise<TalkerOutput> {
  const [output] = await run(talker, talker.promptSession, [row]);
  return output!;
}

async function run(
  { config: { hiddenSize, vocabSize }, pool }: Talker,
  session: Session,
  rows: readonly TalkerRow[],
): Promise<TalkerOutput[]> {
  const places = rows.map(({ state, x }) => ({ place: state, x }));
  const { outputs, at } = await runDecoder({ session, pool }, places, hiddenSize);
  const [hidden, logits] = [floats(outputs, "hidden"), floats(outputs, "logits")];
  return at.map((row) => ({
    hidden: rowOf(hidden, row, hiddenSize),
    logits: rowOf(logits, row, vocabSize),
  }));
}

function talkerGraph(
  name: string,
  tensors: TensorTable,
  { config, precision }: { config: TalkerConfig; precision: Precision },
): Graph {
  const graph = new Graph(name);
  const { hiddenSize, vocabSize } = config;
  const x = graph.input("x", "float32", [symbol("batch"), symbol("time"), hiddenSize]);
  const weights = qwen3Weights(tensors, "talker.model", { config, precision });
  const head = tensors.get("talker.codec_head.weight", [vocabSize, hiddenSize]);
  const attention = pooledAttention(x, config);
  const hidden = qwen3Decoder(x, weights, { config, attention });
  graph.output("hidden", hidden);
  graph.output("logits", multiply(hidden, matrixOf("talker.codec_head", [head], precision)));
  return graph;
}

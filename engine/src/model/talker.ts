// The talker: rows of embeddings -> what it would say next. In: rows of one or more positions and a state. Out:
// the last position's hidden state and the logits of the first code; the state moved on. Prefill and step are
// the same graph. Knows no text and no sampling.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerForConditionalGeneration).
import type { TalkerConfig } from "../checkpoint/model-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol } from "../graph/dim.ts";
import { Graph } from "../graph/graph.ts";
import { floats, type Session } from "../runtime/session.ts";
import {
  appendRows,
  createKeyValueCache,
  decoderInputs,
  type KeyValueCache,
} from "./key-value-cache.ts";
import type { GraphLoader } from "./load-graph.ts";
import { matrixOf, multiply, type Precision } from "./matrix.ts";
import { qwen3Decoder, qwen3Weights } from "./qwen3-layers.ts";
import { rotaryFrequencies } from "./rotary.ts";

export type Talker = { config: TalkerConfig; session: Session; frequencies: Float32Array };

/** Of one request. */
export type TalkerState = KeyValueCache;

export type TalkerOutput = {
  /** After the final norm. [hiddenSize] */
  hidden: Float32Array;
  /** [vocabSize] */
  logits: Float32Array;
};

export async function loadTalker(
  tensors: TensorTable,
  { config, precision, load }: { config: TalkerConfig; precision: Precision; load: GraphLoader },
): Promise<Talker> {
  const session = await load(`talker-${precision}`, (name) =>
    talkerGraph(name, tensors, { config, precision }),
  );
  return { config, session, frequencies: rotaryFrequencies(config.headDim, config.ropeTheta) };
}

export function createTalkerState(talker: Talker): TalkerState {
  return createKeyValueCache(talker);
}

/** @param x [positions, hiddenSize] */
export async function runTalker(
  talker: Talker,
  state: TalkerState,
  x: Float32Array,
): Promise<TalkerOutput> {
  const { config, session } = talker;
  const time = x.length / config.hiddenSize;
  const outputs = await session.run({
    x: { data: x, shape: [1, time, config.hiddenSize] },
    ...decoderInputs(state, time, talker),
  });
  appendRows(state, talker, { rows: floats(outputs, "rows"), time });
  return { hidden: floats(outputs, "hidden"), logits: floats(outputs, "logits") };
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
  const hidden = qwen3Decoder(x, weights, config);
  graph.output("hidden", hidden);
  graph.output("logits", multiply(hidden, matrixOf("talker.codec_head", [head], precision)));
  return graph;
}

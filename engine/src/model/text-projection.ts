// Text tokens -> rows for the talker. In: token ids. Out: their embeddings, projected to the talker's width. The
// embeddings, by far the largest table, stay in the file: only the rows that are asked for are read.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerResizeMLP).
import { checkpointError } from "../checkpoint/checkpoint-error.ts";
import type { TalkerConfig } from "../checkpoint/model-config.ts";
import type { CheckpointTensor, TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol } from "../graph/dim.ts";
import { Graph, type Value } from "../graph/graph.ts";
import { silu } from "../graph/ops-elementwise.ts";
import { floats, type Session } from "../runtime/session.ts";
import { affine } from "./affine.ts";
import { storedAffine } from "./tensor-weights.ts";
import type { GraphLoader } from "./load-graph.ts";

export type TextProjection = {
  config: TalkerConfig;
  textEmbedding: CheckpointTensor;
  session: Session;
};

export async function loadTextProjection(
  tensors: TensorTable,
  { config, load }: { config: TalkerConfig; load: GraphLoader },
): Promise<TextProjection> {
  const { textVocabSize, textHiddenSize } = config;
  return {
    config,
    textEmbedding: tensors.get("talker.model.text_embedding.weight", [
      textVocabSize,
      textHiddenSize,
    ]),
    session: await load("text-projection", (name) => projectionGraph(name, tensors, config)),
  };
}

/** @returns [ids, hiddenSize] */
export async function projectText(
  { config, textEmbedding, session }: TextProjection,
  ids: readonly number[],
): Promise<Float32Array> {
  const { textHiddenSize, textVocabSize } = config;
  const stray = ids.find((id) => id >= textVocabSize);
  if (stray !== undefined) {
    throw checkpointError(
      "config.json",
      `talker_config.text_vocab_size is ${textVocabSize}, but the tokenizer gave token ${stray}. Are the files of one checkpoint?`,
    );
  }
  const rows = new Float32Array(ids.length * textHiddenSize);
  ids.forEach((id, index) => rows.set(textEmbedding.readRowsSync(id, 1), index * textHiddenSize));
  const outputs = await session.run({ rows: { data: rows, shape: [ids.length, textHiddenSize] } });
  return floats(outputs, "projected");
}

function projectionGraph(
  name: string,
  tensors: TensorTable,
  { textHiddenSize, hiddenSize }: TalkerConfig,
): Graph {
  const graph = new Graph(name);
  const rows = graph.input("rows", "float32", [symbol("tokens"), textHiddenSize]);
  const layer = (x: Value, part: string, outSize: number): Value => {
    const at = `talker.text_projection.${part}`;
    return affine(x, storedAffine(tensors, at, [outSize, textHiddenSize]));
  };
  const widened = silu(layer(rows, "linear_fc1", textHiddenSize));
  graph.output("projected", layer(widened, "linear_fc2", hiddenSize));
  return graph;
}

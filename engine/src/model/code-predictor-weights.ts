// What the code predictor is made of, however it is run. In: tensors of a checkpoint. Out: its weights as parts of a graph.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerCodePredictorModelForConditionalGeneration).
import type { CodePredictorConfig } from "../checkpoint/model-config.ts";
import type { CheckpointTensor, TensorTable } from "../checkpoint/tensor-table.ts";
import type { Value } from "../graph/graph.ts";
import { add } from "../graph/ops-elementwise.ts";
import type { GraphLoader } from "./load-graph.ts";
import { matrixOf, multiply, type Matrix, type Precision } from "./matrix.ts";
import { qwen3Weights, type Qwen3Weights } from "./qwen3-layers.ts";
import { stored } from "./tensor-weights.ts";

export type CodePredictorSource = {
  config: CodePredictorConfig;
  /** Width of its inputs. */
  talkerSize: number;
  precision: Precision;
  load: GraphLoader;
};

/** The embedding of a code of a group, [talkerSize]. */
export type EmbedCode = (group: number, code: number) => Float32Array;

const prefix = "talker.code_predictor";

/** The embeddings of the codes of groups 1, 2, …, each [vocabSize, talkerSize]. */
export function predictorEmbeddings(
  tensors: TensorTable,
  { config, talkerSize }: Pick<CodePredictorSource, "config" | "talkerSize">,
): CheckpointTensor[] {
  return Array.from({ length: config.codeGroups - 1 }, (_, table) =>
    tensors.get(`${prefix}.model.codec_embedding.${table}.weight`, [config.vocabSize, talkerSize]),
  );
}

export function predictorWeights(
  tensors: TensorTable,
  { config, precision }: CodePredictorSource,
): Qwen3Weights {
  return qwen3Weights(tensors, `${prefix}.model`, { config, precision });
}

/** Of the head of group `head + 1`. [vocabSize, hiddenSize] */
export function headMatrix(
  tensors: TensorTable,
  { config, precision }: CodePredictorSource,
  head: number,
): Matrix {
  const name = `${prefix}.lm_head.${head}`;
  const tensor = tensors.get(`${name}.weight`, [config.vocabSize, config.hiddenSize]);
  return matrixOf(name, [tensor], precision);
}

/** x [batch, time, talkerSize] -> [batch, time, hiddenSize]: a product only where the talker is wider. */
export function smallToMtpProjection(
  x: Value,
  tensors: TensorTable,
  { config: { hiddenSize }, talkerSize, precision }: CodePredictorSource,
): Value {
  if (hiddenSize === talkerSize) return x;
  const name = `${prefix}.small_to_mtp_projection`;
  const weight = tensors.get(`${name}.weight`, [hiddenSize, talkerSize]);
  const bias = stored(tensors, `${name}.bias`, [hiddenSize]);
  return add(multiply(x, matrixOf(name, [weight], precision)), x.graph.weight(bias));
}

/** The talker's hidden state, and all codes but the last. */
export function mostPositions({ codeGroups }: CodePredictorConfig): number {
  return codeGroups;
}

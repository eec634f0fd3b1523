// Which tensors a model has, by its config. In: a config. Out: every tensor's name and shape, as upstream's
// package stores them; and what is wrong with the tensors that a checkpoint has, all at once, before
// anything is allocated for them.
// Follows modeling_qwen3_tts.py of qwen-tts. The codec's tensors are in codec-inventory.ts.
import { checkpointError } from "./checkpoint-error.ts";
import type {
  CodePredictorConfig,
  ModelConfig,
  TalkerConfig,
  TransformerConfig,
} from "./model-config.ts";
import type { SpeakerEncoderConfig } from "./speaker-encoder-config.ts";
import { sameShape, shapeText, type TensorTable } from "./tensor-table.ts";

export type ExpectedTensor = {
  name: string;
  shape: readonly number[];
  /** False for what upstream stores but speech does not need. */
  isNeeded: boolean;
};

export function* modelTensors(config: ModelConfig): Generator<ExpectedTensor> {
  yield* talkerTensors(config.talker);
  yield* codePredictorTensors(config.codePredictor, config.talker.hiddenSize);
  if (config.speakerEncoder !== null) yield* speakerEncoderTensors(config.speakerEncoder);
}

export function needed(name: string, ...shape: number[]): ExpectedTensor {
  return { name, shape, isNeeded: true };
}

/** A weight of any shape and the bias for its first dimension. */
export function* withBias(name: string, ...shape: number[]): Generator<ExpectedTensor> {
  yield needed(`${name}.weight`, ...shape);
  yield needed(`${name}.bias`, shape[0]!);
}

function* talkerTensors(config: TalkerConfig): Generator<ExpectedTensor> {
  const { hiddenSize, vocabSize, textVocabSize, textHiddenSize } = config;
  yield needed("talker.model.text_embedding.weight", textVocabSize, textHiddenSize);
  yield* withBias("talker.text_projection.linear_fc1", textHiddenSize, textHiddenSize);
  yield* withBias("talker.text_projection.linear_fc2", hiddenSize, textHiddenSize);
  yield needed("talker.model.codec_embedding.weight", vocabSize, hiddenSize);
  yield* decoderLayers("talker.model", config);
  yield needed("talker.codec_head.weight", vocabSize, hiddenSize);
}

export function* codePredictorTensors(
  config: CodePredictorConfig,
  talkerSize: number,
): Generator<ExpectedTensor> {
  const { hiddenSize, vocabSize, codeGroups } = config;
  const prefix = "talker.code_predictor";
  if (hiddenSize !== talkerSize) {
    yield* withBias(`${prefix}.small_to_mtp_projection`, hiddenSize, talkerSize);
  }
  yield* decoderLayers(`${prefix}.model`, config);
  // Group 0 has its table and head in the talker.
  for (let index = 0; index < codeGroups - 1; index++) {
    yield needed(`${prefix}.model.codec_embedding.${index}.weight`, vocabSize, talkerSize);
    yield needed(`${prefix}.lm_head.${index}.weight`, vocabSize, hiddenSize);
  }
}

function* decoderLayers(prefix: string, config: TransformerConfig): Generator<ExpectedTensor> {
  const { hiddenSize, headDim } = config;
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `${prefix}.layers.${layer}`;
    yield needed(`${name}.input_layernorm.weight`, hiddenSize);
    yield* attentionTensors(`${name}.self_attn`, config);
    yield needed(`${name}.self_attn.q_norm.weight`, headDim);
    yield needed(`${name}.self_attn.k_norm.weight`, headDim);
    yield needed(`${name}.post_attention_layernorm.weight`, hiddenSize);
    yield* gatedMlpTensors(`${name}.mlp`, config);
  }
  yield needed(`${prefix}.norm.weight`, hiddenSize);
}

type AttentionShape = { hiddenSize: number; heads: number; kvHeads: number; headDim: number };

export function* attentionTensors(
  name: string,
  { hiddenSize, heads, kvHeads, headDim }: AttentionShape,
): Generator<ExpectedTensor> {
  yield needed(`${name}.q_proj.weight`, heads * headDim, hiddenSize);
  yield needed(`${name}.k_proj.weight`, kvHeads * headDim, hiddenSize);
  yield needed(`${name}.v_proj.weight`, kvHeads * headDim, hiddenSize);
  yield needed(`${name}.o_proj.weight`, hiddenSize, heads * headDim);
}

export function* gatedMlpTensors(
  name: string,
  { hiddenSize, intermediateSize }: { hiddenSize: number; intermediateSize: number },
): Generator<ExpectedTensor> {
  yield needed(`${name}.gate_proj.weight`, intermediateSize, hiddenSize);
  yield needed(`${name}.up_proj.weight`, intermediateSize, hiddenSize);
  yield needed(`${name}.down_proj.weight`, hiddenSize, intermediateSize);
}

function* speakerEncoderTensors(config: SpeakerEncoderConfig): Generator<ExpectedTensor> {
  const { channels, kernelSizes, attentionChannels } = config;
  const prefix = "speaker_encoder";
  yield* withBias(`${prefix}.blocks.0.conv`, channels[0]!, config.melDim, kernelSizes[0]!);
  for (let block = 1; block < channels.length - 1; block++) {
    yield* res2netTensors(`${prefix}.blocks.${block}`, config, block);
  }
  const aggregated = channels.at(-1)!;
  yield* withBias(`${prefix}.mfa.conv`, aggregated, aggregated, kernelSizes.at(-1)!);
  // The pooling sees each channel beside its mean and its deviation.
  yield* withBias(`${prefix}.asp.tdnn.conv`, attentionChannels, 3 * aggregated, 1);
  yield* withBias(`${prefix}.asp.conv`, aggregated, attentionChannels, 1);
  yield* withBias(`${prefix}.fc`, config.encDim, 2 * aggregated, 1);
}

function* res2netTensors(
  name: string,
  { channels, kernelSizes, res2netScale, seChannels }: SpeakerEncoderConfig,
  block: number,
): Generator<ExpectedTensor> {
  const size = channels[block]!;
  const part = size / res2netScale;
  yield* withBias(`${name}.tdnn1.conv`, size, channels[block - 1]!, 1);
  for (let index = 0; index < res2netScale - 1; index++) {
    yield* withBias(`${name}.res2net_block.blocks.${index}.conv`, part, part, kernelSizes[block]!);
  }
  yield* withBias(`${name}.tdnn2.conv`, size, size, 1);
  yield* withBias(`${name}.se_block.conv1`, seChannels, size, 1);
  yield* withBias(`${name}.se_block.conv2`, size, seChannels, 1);
}

/** How the tensors that are there differ from those expected. */
export type InventoryDifference = {
  missing: ExpectedTensor[];
  misshapen: { expected: ExpectedTensor; shape: readonly number[] }[];
  /** Names that nobody expects. */
  unexpected: string[];
};

export function compareTensors(
  table: TensorTable,
  expected: Iterable<ExpectedTensor>,
): InventoryDifference {
  const difference: InventoryDifference = { missing: [], misshapen: [], unexpected: [] };
  const names = new Set<string>();
  for (const tensor of expected) {
    names.add(tensor.name);
    const shape = table.entry(tensor.name)?.shape;
    if (shape === undefined) difference.missing.push(tensor);
    else if (!sameShape(shape, tensor.shape)) {
      difference.misshapen.push({ expected: tensor, shape });
    }
  }
  difference.unexpected = [...table.names()].filter((name) => !names.has(name));
  return difference;
}

/** @throws EngineError with the first fault among the needed tensors and how many more there are */
export function checkTensors(table: TensorTable, expected: Iterable<ExpectedTensor>): void {
  const { missing, misshapen } = compareTensors(table, expected);
  const faults = [
    ...missing
      .filter((tensor) => tensor.isNeeded)
      .map(({ name, shape }) => `there is no tensor ${name}, expected ${shapeText(shape)}`),
    ...misshapen
      .filter(({ expected: { isNeeded } }) => isNeeded)
      .map(
        ({ expected: { name, shape: wanted }, shape }) =>
          `${name} has the shape ${shapeText(shape)}, expected ${shapeText(wanted)} by the config`,
      ),
  ];
  if (faults.length === 0) return;
  const more = faults.length > 1 ? `, and ${faults.length - 1} more tensors are wrong` : "";
  throw checkpointError(
    table.label,
    `${faults[0]!}${more}. Fetch the file again, and the config that belongs to it.`,
  );
}

// The speaker encoder (ECAPA-TDNN): a log-mel spectrogram -> who speaks, as one vector. In: a loaded graph and audio at
// its sample rate. Out: the embedding. Only voices that are cloned need it.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSSpeakerEncoder).
import { melSpectrogram } from "../audio/mel.ts";
import type { SpeakerEncoderConfig } from "../checkpoint/speaker-encoder-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol } from "../graph/dim.ts";
import { Graph, type Value } from "../graph/graph.ts";
import { add, clip, mul, relu, sigmoid, sqrt, sub, tanh } from "../graph/ops-elementwise.ts";
import { conv1d } from "../graph/ops-linear.ts";
import { mean, softmax, sum } from "../graph/ops-reduce.ts";
import { concat, padLast, reshape, split } from "../graph/ops-shape.ts";
import { floats, type Session } from "../runtime/session.ts";
import { storedAffine, type AffineWeights } from "./tensor-weights.ts";
import type { GraphLoader } from "./load-graph.ts";

export type SpeakerEncoder = { config: SpeakerEncoderConfig; session: Session };

export async function loadSpeakerEncoder(
  tensors: TensorTable,
  { config, load }: { config: SpeakerEncoderConfig; load: GraphLoader },
): Promise<SpeakerEncoder> {
  const session = await load("speaker-encoder", (name) =>
    speakerEncoderGraph(name, tensors, config),
  );
  return { config, session };
}

/** @returns [encDim] */
export async function embedSpeaker(
  { config, session }: SpeakerEncoder,
  samples: Float32Array,
): Promise<Float32Array> {
  const { melDim, sampleRate } = config;
  const { bands, frames } = melSpectrogram(samples, {
    sampleRate,
    bands: melDim,
    leastFrames: widestPadding(config) + 1,
  });
  const outputs = await session.run({ mel: { data: bands, shape: [1, melDim, frames] } });
  return floats(outputs, "embedding");
}

/** More than there is cannot be mirrored. */
function widestPadding({ kernelSizes, dilations }: SpeakerEncoderConfig): number {
  return Math.max(...kernelSizes.map((kernel, layer) => padding(kernel, dilations[layer]!)));
}

function padding(kernel: number, dilation: number): number {
  return (dilation * (kernel - 1)) / 2;
}

const varianceFloor = 1e-12;
const greatestFloat = 3.4e38;

function speakerEncoderGraph(
  name: string,
  tensors: TensorTable,
  config: SpeakerEncoderConfig,
): Graph {
  const graph = new Graph(name);
  const { channels, kernelSizes, dilations, encDim, melDim } = config;
  const mel = graph.input("mel", "float32", [1, melDim, symbol("time")]);
  const conv = convolver(tensors);
  const last = channels.length - 1;
  let x = relu(
    conv(mel, "blocks.0.conv", {
      outSize: channels[0]!,
      kernel: kernelSizes[0]!,
      dilation: dilations[0]!,
    }),
  );
  const residuals: Value[] = [];
  for (let block = 1; block < last; block++) {
    x = seRes2Net(x, `blocks.${block}`, { config, block, conv });
    residuals.push(x);
  }
  const joined = concat(residuals, 1);
  const mixed = relu(
    conv(joined, "mfa.conv", {
      outSize: channels[last]!,
      kernel: kernelSizes[last]!,
      dilation: dilations[last]!,
    }),
  );
  const pooled = attentiveStatistics(mixed, tensors, { config, conv }); // [1, 2 * channels, 1]
  const embedding = conv(pooled, "fc", { outSize: encDim, kernel: 1 });
  graph.output("embedding", reshape(embedding, [encDim]));
  return graph;
}

type ConvShape = { outSize: number; kernel: number; dilation?: number };
type Convolver = (x: Value, name: string, shape: ConvShape) => Value;

/** Convolutions that keep the length: their input is mirrored at both ends. */
function convolver(tensors: TensorTable): Convolver {
  return (x, name, { outSize, kernel, dilation = 1 }) => {
    const shape = [outSize, x.shape[1] as number, kernel];
    const { weight, bias } = storedAffine(tensors, `speaker_encoder.${name}`, shape);
    const size = padding(kernel, dilation);
    const mirrored = size === 0 ? x : padLast(x, { before: size, after: size, mode: "reflect" });
    const { graph } = x;
    return conv1d(
      mirrored,
      { weight: graph.weight(weight), bias: graph.weight(bias) },
      { dilation },
    );
  };
}

type BlockContext = { config: SpeakerEncoderConfig; block: number; conv: Convolver };

function seRes2Net(x: Value, name: string, context: BlockContext): Value {
  const { config, block, conv } = context;
  const outSize = config.channels[block]!;
  const widened = relu(conv(x, `${name}.tdnn1.conv`, { outSize, kernel: 1 }));
  const scaled = res2Net(widened, `${name}.res2net_block`, context);
  const mixed = relu(conv(scaled, `${name}.tdnn2.conv`, { outSize, kernel: 1 }));
  const squeezed = relu(
    conv(mean(mixed, 2), `${name}.se_block.conv1`, { outSize: config.seChannels, kernel: 1 }),
  );
  const gate = sigmoid(conv(squeezed, `${name}.se_block.conv2`, { outSize, kernel: 1 }));
  return add(mul(mixed, gate), x);
}

/** Each part of the channels hears the parts before it. */
function res2Net(x: Value, name: string, { config, block, conv }: BlockContext): Value {
  const size = (x.shape[1] as number) / config.res2netScale;
  const parts = split(
    x,
    1,
    Array.from({ length: config.res2netScale }, () => size),
  );
  const outputs = [parts[0]!];
  for (const [index, part] of parts.slice(1).entries()) {
    const input = index === 0 ? part : add(part, outputs[index]!);
    const shape = {
      outSize: size,
      kernel: config.kernelSizes[block]!,
      dilation: config.dilations[block]!,
    };
    outputs.push(relu(conv(input, `${name}.blocks.${index}.conv`, shape)));
  }
  return concat(outputs, 1);
}

/** Mean and deviation over time, where attention says how much each frame counts. */
function attentiveStatistics(
  x: Value,
  tensors: TensorTable,
  { config: { attentionChannels }, conv }: { config: SpeakerEncoderConfig; conv: Convolver },
): Value {
  const average = mean(x, 2);
  const centred = sub(x, average);
  const deviation = rooted(mean(mul(centred, centred), 2));
  const width = x.shape[1] as number;
  const shape = [attentionChannels, 3 * width, 1];
  const weights = storedAffine(tensors, "speaker_encoder.asp.tdnn.conv", shape);
  const narrowed = relu(besideConstants(x, [average, deviation], weights));
  const scores = conv(tanh(narrowed), "asp.conv", { outSize: width, kernel: 1 });
  const attention = softmax(scores, 2);
  const weighted = sum(mul(attention, x), 2);
  const distance = sub(x, weighted);
  const spread = rooted(sum(mul(attention, mul(distance, distance)), 2));
  return concat([weighted, spread], 1);
}

/**
 * A convolution of width 1 over x and, beside it, what is the same for all frames: each part of the weight meets its own
 * input, so that the constants are never written out frame by frame, which takes more memory than all else.
 */
function besideConstants(
  x: Value,
  constants: readonly Value[],
  { weight, bias }: AffineWeights,
): Value {
  const { graph } = x;
  const inputs = [x, ...constants];
  const sizes = inputs.map(({ shape }) => shape[1] as number);
  const weights = split(graph.weight(weight), 1, sizes);
  const [ofX, ...ofConstants] = inputs.map((input, part) =>
    conv1d(input, { weight: weights[part]! }),
  );
  const offset = ofConstants.reduce(add, reshape(graph.weight(bias), [1, bias.shape[0]!, 1]));
  return add(ofX!, offset);
}

function rooted(variance: Value): Value {
  return sqrt(clip(variance, { min: varianceFloor, max: greatestFloat }));
}

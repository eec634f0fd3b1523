// The transformer of the codec decoder, which sees a window of the past. In: rows of one or more frames. Out:
// rows. Past keys and values are inputs of the graph, the new ones an output.
// Follows modeling_qwen3_tts_tokenizer_v2.py of qwen-tts.
import type { CodecDecoderConfig } from "../checkpoint/codec-config.ts";
import type { Dim } from "../graph/dim.ts";
import type { Value } from "../graph/graph.ts";
import { add, mul, silu } from "../graph/ops-elementwise.ts";
import { linear } from "../graph/ops-linear.ts";
import { rmsNorm } from "../graph/ops-reduce.ts";
import { slice } from "../graph/ops-shape.ts";
import { affine } from "./affine.ts";
import { attentionOutput, scaleOnly, type KeysValues } from "./attention.ts";
import type { CodecDecoderWeights, CodecLayerWeights } from "./codec-weights.ts";
import { windowSlots } from "./codec-window.ts";
import { slotAttention, slotInputs, type SlotContext } from "./slot-attention.ts";

/** [batch, frames, latentDim] -> the same shape */
export function windowTransformer(
  x: Value,
  weights: CodecDecoderWeights["transformer"],
  config: CodecDecoderConfig,
): Value {
  const { graph } = x;
  const [batch, frames] = x.shape as [Dim, Dim, Dim];
  const slots = windowSlots(config.slidingWindow);
  const inputs = slotInputs(graph, config, { batch, frames, slots });
  const prepare = scaleOnly(graph, config);
  let hidden = affine(x, weights.input);
  const present: KeysValues[] = [];
  for (const [layer, ofLayer] of weights.layers.entries()) {
    const result = transformerLayer(hidden, ofLayer, {
      sizes: config,
      inputs,
      layer,
      prepare,
      config,
    });
    hidden = result.hidden;
    present.push(result.present);
  }
  attentionOutput(graph, present);
  return affine(rmsNorm(hidden, graph.weight(weights.norm), config.rmsNormEps), weights.output);
}

function transformerLayer(
  x: Value,
  weights: CodecLayerWeights,
  context: SlotContext & { config: CodecDecoderConfig },
): { hidden: Value; present: KeysValues } {
  const { graph } = x;
  const { rmsNormEps, intermediateSize } = context.config;
  const normed = rmsNorm(x, graph.weight(weights.attentionNorm), rmsNormEps);
  const { attended, present } = slotAttention(linear(normed, graph.weight(weights.qkv)), context);
  const middle = add(x, linear(attended, graph.weight(weights.attentionOutput)));
  const widened = linear(
    rmsNorm(middle, graph.weight(weights.mlpNorm), rmsNormEps),
    graph.weight(weights.gateUp),
  );
  const gate = slice(widened, { axis: 2, start: 0, end: intermediateSize });
  const up = slice(widened, { axis: 2, start: intermediateSize });
  const hidden = add(middle, linear(mul(silu(gate), up), graph.weight(weights.down)));
  return { hidden, present };
}

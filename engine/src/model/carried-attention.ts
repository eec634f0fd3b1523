// Attention of a decoder that never goes far and whose rows all stand at one position: one op instead of the dozen of
// attention.ts. In: queries, keys and values; the keys and values of the positions before. Out: what the frames have
// gathered, and all keys and values so far. They are copied each time, which is dear where there are many.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerAttention).
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import type { Dim } from "../graph/dim.ts";
import type { Value } from "../graph/graph.ts";
import { groupedAttention } from "../graph/ops-attention.ts";
import { reshape, split } from "../graph/ops-shape.ts";
import type { KeysValues } from "./attention.ts";
import type { DecoderAttention } from "./qwen3-layers.ts";
import { rotaryFrequencies, rotaryTables } from "./rotary.ts";
import { folded } from "./tensor-weights.ts";

export type CarriedState = {
  /** Of each row, the position of its last frame. int32 [batch] */
  lastPositions: Value;
  /** Positions of each row, with its frames. int32 [1] */
  total: Value;
  /** Of each layer, [batch, kvHeads, past, headDim]. */
  past: readonly KeysValues[];
  /** Is told what the next run takes as `past`. */
  keep: (present: readonly KeysValues[]) => void;
};

/** @param x [batch, frames, hidden]: the decoder's input @param positions how far it goes */
export function carriedAttention(
  { graph, shape }: Value,
  config: TransformerConfig,
  { positions, lastPositions, total, past, keep }: CarriedState & { positions: number },
): DecoderAttention {
  const { heads, kvHeads, headDim } = config;
  const [batch, frames] = shape as [Dim, Dim, Dim];
  const tables = rotaryTables(
    rotaryFrequencies(headDim, config.ropeTheta),
    Array.from({ length: positions }, (_, position) => position),
  );
  const tableOf = (name: "cosine" | "sine") =>
    graph.weight(folded(name, [positions, headDim / 2], () => Promise.resolve(tables[name])));
  const angles = { cosine: tableOf("cosine"), sine: tableOf("sine") };
  return {
    attend(qkv, layer, prepare) {
      const sizes = [heads, kvHeads, kvHeads].map((count) => count * headDim);
      const [queries, keys, values] = split(qkv, 2, sizes) as [Value, Value, Value];
      const prepared = (x: Value, count: number, prepareHeads: (heads: Value) => Value) =>
        reshape(prepareHeads(reshape(x, [batch, frames, count, headDim])), x.shape);
      return groupedAttention(
        [prepared(queries, heads, prepare.queries), prepared(keys, kvHeads, prepare.keys), values],
        { heads, kvHeads, scale: 1, angles, lastPositions, total, past: past[layer]! },
      );
    },
    output: keep,
  };
}

// Attention of a decoder that never goes far and whose rows all stand at one position: one op instead of the dozen of
// attention.ts. In: queries, keys and values; the keys and values that the run before gave out. Out: what the frames have
// gathered, and all keys and values so far, for the next run. They are copied each time, which is dear where there are many.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerAttention).
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import { symbol, type Dim } from "../graph/dim.ts";
import type { Value } from "../graph/graph.ts";
import { groupedAttention } from "../graph/ops-attention.ts";
import { reshape, split } from "../graph/ops-shape.ts";
import type { Tensor } from "../runtime/session.ts";
import type { DecoderAttention } from "./qwen3-layers.ts";
import { rotaryFrequencies, rotaryTables } from "./rotary.ts";
import { folded } from "./tensor-weights.ts";

/**
 * Inputs `last_positions`, `total`, `keys.N` and `values.N`, outputs `all_keys.N` and `all_values.N`.
 * @param x [batch, frames, hidden]: the decoder's input @param positions how far it goes
 */
export function carriedAttention(
  { graph, shape }: Value,
  config: TransformerConfig,
  positions: number,
): DecoderAttention {
  const { heads, kvHeads, headDim } = config;
  const [batch, frames] = shape as [Dim, Dim, Dim];
  const lastPositions = graph.input("last_positions", "int32", [batch]);
  const total = graph.input("total", "int32", [1]);
  const tables = rotaryTables(
    rotaryFrequencies(headDim, config.ropeTheta),
    Array.from({ length: positions }, (_, position) => position),
  );
  const tableOf = (name: "cosine" | "sine") =>
    graph.weight(folded(name, [positions, headDim / 2], () => Promise.resolve(tables[name])));
  const angles = { cosine: tableOf("cosine"), sine: tableOf("sine") };
  const before = [batch, kvHeads, symbol("past"), headDim];
  return {
    attend(qkv, layer, prepare) {
      const sizes = [heads, kvHeads, kvHeads].map((count) => count * headDim);
      const [queries, keys, values] = split(qkv, 2, sizes) as [Value, Value, Value];
      const prepared = (x: Value, count: number, prepareHeads: (heads: Value) => Value) =>
        reshape(prepareHeads(reshape(x, [batch, frames, count, headDim])), x.shape);
      return groupedAttention(
        [prepared(queries, heads, prepare.queries), prepared(keys, kvHeads, prepare.keys), values],
        {
          ...{ heads, kvHeads, scale: 1, angles, lastPositions, total },
          past: {
            keys: graph.input(`keys.${layer}`, "float32", before),
            values: graph.input(`values.${layer}`, "float32", before),
          },
        },
      );
    },
    output(present) {
      for (const [layer, { keys, values }] of present.entries()) {
        graph.output(`all_keys.${layer}`, keys);
        graph.output(`all_values.${layer}`, values);
      }
    },
  };
}

/** What a run takes beside x, and what is kept for the next one. */
export type Carried = Record<string, Tensor>;

export function nothingCarried(
  { layers, kvHeads, headDim }: TransformerConfig,
  rows: number,
): Carried {
  const none = () => ({ data: new Float32Array(), shape: [rows, kvHeads, 0, headDim] });
  return carriedBy(layers, none);
}

export function carriedOn({ layers }: TransformerConfig, outputs: Record<string, Tensor>): Carried {
  return carriedBy(layers, (name) => outputs[`all_${name}`]!);
}

function carriedBy(layers: number, tensorOf: (name: string) => Tensor): Carried {
  const names = Array.from({ length: layers }, (_, layer) => [`keys.${layer}`, `values.${layer}`]);
  return Object.fromEntries(names.flat().map((name) => [name, tensorOf(name)]));
}

/** @param total positions of each row, with the frames of the run */
export function carriedLengths(rows: number, total: number): Record<string, Tensor> {
  return {
    last_positions: { data: new Int32Array(rows).fill(total - 1), shape: [rows] },
    total: { data: Int32Array.of(total), shape: [1] },
  };
}

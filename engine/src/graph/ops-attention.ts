// Attention as one op of the runtime. In: float32 queries, keys and values, and those of the positions before. Out: values
// whose shapes follow. Checked when called.
import { addDims, multiplyDims, sameDim, sameShape, type Dim } from "./dim.ts";
import { check, type Value } from "./graph.ts";
import type { AngleTables } from "./ops-linear.ts";

export type GroupedAttention = {
  heads: number;
  kvHeads: number;
  /** What the products of queries and keys are multiplied by. */
  scale: number;
  /** A row for each position from 0 on. */
  angles: AngleTables;
  /** [batch, kvHeads, past, headDim] each */
  past: { keys: Value; values: Value };
  /** Of each row, the position of its last frame. int32 [batch] */
  lastPositions: Value;
  /** Positions of the longest row, with its frames. int32 [1] */
  total: Value;
};

/**
 * Causal attention; queries and keys are turned by their positions here.
 * @param queries [batch, frames, heads * headDim] @param keys [batch, frames, kvHeads * headDim] @param values as keys
 * @returns attended as queries; present [batch, kvHeads, past + frames, headDim] each
 */
export function groupedAttention(
  [queries, keys, values]: readonly [queries: Value, keys: Value, values: Value],
  { heads, kvHeads, scale, angles, past, lastPositions, total }: GroupedAttention,
): { attended: Value; present: { keys: Value; values: Value } } {
  const name = "Grouped attention";
  const [batch, , before, headDim] = past.keys.shape as [Dim, Dim, Dim, Dim];
  const [, frames, width] = queries.shape as [Dim, Dim, Dim];
  const isQuery = queries.shape.length === 3 && sameDim(width, multiplyDims(headDim, heads));
  const narrow = [batch, frames, multiplyDims(headDim, kvHeads)];
  const fits = isQuery && sameShape(keys.shape, narrow) && sameShape(values.shape, narrow);
  check(fits && sameShape(past.keys.shape, past.values.shape), name, [queries, keys, values]);
  const isCount = lastPositions.type === "int32" && total.type === "int32";
  check(isCount && sameShape(lastPositions.shape, [batch]), name, [lastPositions, total]);
  const present = {
    type: "float32" as const,
    shape: [batch, kvHeads, addDims(before, frames), headDim],
  };
  const [attended, presentKeys, presentValues] = queries.graph.node({
    op: "GroupQueryAttention",
    domain: "com.microsoft",
    inputs: [
      ...[queries, keys, values, past.keys, past.values],
      ...[lastPositions, total, angles.cosine, angles.sine],
    ],
    attributes: { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 1, scale: { float: scale } },
    outputs: [queries, present, present],
  });
  return { attended: attended!, present: { keys: presentKeys!, values: presentValues! } };
}

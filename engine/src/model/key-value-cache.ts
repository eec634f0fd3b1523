// The keys and values that a decoder has made so far, for one request. In: new rows. Out: the inputs that its
// next run takes: caches, mask, angles. They lie here and never come out of a graph, which would copy them.
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import type { Tensor } from "../runtime/session.ts";
import { rotaryTables } from "./rotary.ts";

export type KeyValueCache = {
  /** Positions taken in so far. */
  length: number;
  /** Positions there is room for. */
  capacity: number;
  /** Of each layer, [kvHeads, capacity, headDim]. */
  keys: Float32Array[];
  values: Float32Array[];
};

/** Room is added in such steps, or by a quarter of what there is. */
const leastGrowth = 128;

export function createKeyValueCache(
  config: TransformerConfig,
  capacity = leastGrowth,
): KeyValueCache {
  const { layers, kvHeads, headDim } = config;
  const caches = () =>
    Array.from({ length: layers }, () => new Float32Array(kvHeads * capacity * headDim));
  return { length: 0, capacity, keys: caches(), values: caches() };
}

/** The inputs of a run over the next `time` positions, beside x. */
export function decoderInputs(
  cache: KeyValueCache,
  time: number,
  { config, frequencies }: { config: TransformerConfig; frequencies: Float32Array },
): Record<string, Tensor> {
  const { kvHeads, headDim } = config;
  const { capacity, length } = cache;
  const { cosine, sine } = rotaryTables(frequencies, { first: length, count: time });
  const inputs: Record<string, Tensor> = {
    mask: { data: causalMask(cache, time), shape: [1, 1, 1, time, capacity + time] },
    cosine: { data: cosine, shape: [1, time, headDim] },
    sine: { data: sine, shape: [1, time, headDim] },
  };
  const shape = [1, kvHeads, capacity, headDim];
  cache.keys.forEach((data, layer) => (inputs[`keys.${layer}`] = { data, shape }));
  cache.values.forEach((data, layer) => (inputs[`values.${layer}`] = { data, shape }));
  return inputs;
}

/** Places of the cache that are not filled yet, and positions that come later, count nothing. */
function causalMask({ capacity, length }: KeyValueCache, time: number): Float32Array {
  const width = capacity + time;
  const mask = new Float32Array(time * width);
  for (let query = 0; query < time; query++) {
    const row = mask.subarray(query * width, (query + 1) * width);
    row.fill(-Infinity, length, capacity);
    row.fill(-Infinity, capacity + query + 1);
  }
  return mask;
}

/** @param rows [layers * 2 * kvHeads, time, headDim], as a run gives them */
export function appendRows(
  cache: KeyValueCache,
  { kvHeads, headDim }: TransformerConfig,
  { rows, time }: { rows: Float32Array; time: number },
): void {
  if (cache.length + time > cache.capacity) grow(cache, { kvHeads, headDim, time });
  const rowSize = time * headDim;
  for (let layer = 0; layer < cache.keys.length; layer++) {
    for (const [part, target] of [cache.keys[layer]!, cache.values[layer]!].entries()) {
      for (let head = 0; head < kvHeads; head++) {
        const from = ((2 * layer + part) * kvHeads + head) * rowSize;
        const to = (head * cache.capacity + cache.length) * headDim;
        target.set(rows.subarray(from, from + rowSize), to);
      }
    }
  }
  cache.length += time;
}

function grow(
  cache: KeyValueCache,
  { kvHeads, headDim, time }: { kvHeads: number; headDim: number; time: number },
): void {
  const growth = Math.max(leastGrowth, Math.ceil(cache.capacity / 4), time);
  const capacity = cache.capacity + growth;
  const enlarged = (old: Float32Array): Float32Array => {
    const all = new Float32Array(kvHeads * capacity * headDim);
    const size = cache.capacity * headDim;
    for (let head = 0; head < kvHeads; head++) {
      all.set(old.subarray(head * size, (head + 1) * size), head * capacity * headDim);
    }
    return all;
  };
  cache.keys = cache.keys.map(enlarged);
  cache.values = cache.values.map(enlarged);
  cache.capacity = capacity;
}

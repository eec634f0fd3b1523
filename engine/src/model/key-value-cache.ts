// The keys and values that a decoder has made so far, for one request, none of them forgotten. In: new rows. Out: the
// inputs that its next run takes. As codec-window.ts keeps them, in caches that grow: they lie here and never come
// out of a graph, which would copy them.
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import type { Tensor } from "../runtime/session.ts";
import {
  createCaches,
  storeRows,
  windowInputs,
  type WindowCaches,
  type WindowSizes,
} from "./codec-window.ts";

export type KeyValueCache = WindowCaches & {
  /** Positions there is room for. */
  capacity: number;
};

/** What a decoder's caches follow from. */
export type CacheOwner = { config: TransformerConfig; frequencies: Float32Array };

/** Room is added in such steps, or by a quarter of what there is. */
const leastGrowth = 128;

export function createKeyValueCache(owner: CacheOwner, capacity = leastGrowth): KeyValueCache {
  return { ...createCaches(sizesOf(owner, capacity)), capacity };
}

/** The inputs of a run over the next `time` positions, beside x. */
export function decoderInputs(
  cache: KeyValueCache,
  time: number,
  owner: CacheOwner,
): Record<string, Tensor> {
  return windowInputs(sizesOf(owner, cache.capacity), [cache], time);
}

/** @param rows [layers * 2 * kvHeads, time, headDim], as a run gives them */
export function appendRows(
  cache: KeyValueCache,
  owner: CacheOwner,
  { rows, time }: { rows: Float32Array; time: number },
): void {
  if (cache.position + time > cache.capacity) grow(cache, owner.config, time);
  storeRows(sizesOf(owner, cache.capacity), cache, rows);
}

function sizesOf({ config, frequencies }: CacheOwner, slots: number): WindowSizes {
  const { layers, heads, kvHeads, headDim } = config;
  const sizes = { layers, heads, kvHeads, headDim, slots };
  return { ...sizes, window: Infinity, rotaryFrequencies: frequencies };
}

function grow(cache: KeyValueCache, { kvHeads, headDim }: TransformerConfig, time: number): void {
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

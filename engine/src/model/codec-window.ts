// Keys and values of past positions, kept as typed arrays outside the graph. In: the position of a stream, new
// rows. Out: the inputs of a run, of attention.ts or of slot-attention.ts, and the caches with the new rows in their slots:
// position p lies in slot p % slots, so that nothing is ever moved.
import type { AttentionSizes } from "../checkpoint/model-config.ts";
import type { Tensor } from "../runtime/session.ts";
import { joined } from "../joined.ts";
import { attentionFeeds, closed, rotationFeeds } from "./attention-feeds.ts";

/** What one transformer needs to know of its past. */
export type WindowSizes = AttentionSizes & {
  layers: number;
  slots: number;
  /** [headDim / 2] */
  rotaryFrequencies: Float32Array;
};

/** Of a transformer that sees no more than a window. `window`: positions that a query sees, its own included. */
export type SlotSizes = WindowSizes & { window: number };

/** Of one stream. */
export type WindowCaches = {
  /** Positions seen so far. */
  position: number;
  /** Of each layer, [kvHeads, slots, headDim]. */
  keys: Float32Array[];
  values: Float32Array[];
};

/** New frames of a run of slot-attention.ts, at most. */
export const mostSlotFrames = 16;

/** So many that new frames only take those of positions which the first of them sees no longer. */
export function windowSlots(slidingWindow: number): number {
  return slidingWindow - 1 + mostSlotFrames;
}

export function createCaches({ layers, kvHeads, headDim, slots }: WindowSizes): WindowCaches {
  const caches = () =>
    Array.from({ length: layers }, () => new Float32Array(kvHeads * slots * headDim));
  return { position: 0, keys: caches(), values: caches() };
}

/** The inputs of attention.ts for `frames` new frames of each stream, where there is a slot for every position and all is seen. */
export function wholePastInputs(
  sizes: WindowSizes,
  streams: readonly WindowCaches[],
  frames: number,
): Record<string, Tensor> {
  const feeds = attentionFeeds(sizes, {
    positions: streams.map(({ position }) => position),
    frames,
    slots: sizes.slots,
    held: (row, slot) => (slot < streams[row]!.position ? slot : -1),
    oldestSeen: () => 0,
  });
  const { kvHeads, slots, headDim } = sizes;
  const shape = [streams.length, kvHeads, 1, slots, headDim];
  return { ...feeds, ...cacheInputs(sizes, streams, shape) };
}

/** The inputs of slot-attention.ts for `frames` new frames of each stream, `mostSlotFrames` at most. */
export function slotWindowInputs(
  sizes: SlotSizes,
  streams: readonly WindowCaches[],
  frames: number,
): Record<string, Tensor> {
  const positions = streams.map(({ position }) => position);
  return {
    ...rotationFeeds(sizes.rotaryFrequencies, positions, frames),
    mask: slotMask(sizes, positions, frames),
    places: slotPlaces(sizes, positions, frames),
    ...cacheInputs(sizes, streams, [streams.length, sizes.kvHeads, sizes.slots, sizes.headDim]),
  };
}

function slotMask(
  { heads, kvHeads, slots, window }: SlotSizes,
  positions: readonly number[],
  frames: number,
): Tensor {
  const group = heads / kvHeads;
  const queries = group * frames + 1;
  const data = new Float32Array(positions.length * queries * slots).fill(closed);
  for (const [row, first] of positions.entries()) {
    for (let query = 0; query < queries; query++) {
      const start = (row * queries + query) * slots;
      const position = first + (query % frames);
      for (let seen = Math.max(0, position - window + 1); seen <= position; seen++) {
        data[start + (seen % slots)] = 0;
      }
    }
  }
  return { data, shape: [positions.length, 1, queries, slots] };
}

function slotPlaces(
  { kvHeads, slots }: WindowSizes,
  positions: readonly number[],
  frames: number,
): Tensor {
  const data = new BigInt64Array(positions.length * kvHeads * frames * 3);
  let at = 0;
  for (const [row, first] of positions.entries()) {
    for (let head = 0; head < kvHeads; head++) {
      for (let frame = 0; frame < frames; frame++) {
        data.set([BigInt(row), BigInt(head), BigInt((first + frame) % slots)], at);
        at += 3;
      }
    }
  }
  return { data, shape: [positions.length, kvHeads, frames, 3] };
}

/** `keys.N` and `values.N` */
function cacheInputs(
  { layers }: WindowSizes,
  streams: readonly WindowCaches[],
  shape: readonly number[],
): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = {};
  for (let layer = 0; layer < layers; layer++) {
    const keys = joined(streams.map((stream) => stream.keys[layer]!));
    const values = joined(streams.map((stream) => stream.values[layer]!));
    inputs[`keys.${layer}`] = { data: keys, shape };
    inputs[`values.${layer}`] = { data: values, shape };
  }
  return inputs;
}

/** @param rows of all layers, [layers, 2, kvHeads, frames, headDim]: keys, then values of each */
export function storeRows(
  { layers, kvHeads, headDim, slots }: WindowSizes,
  caches: WindowCaches,
  rows: Float32Array,
): void {
  const size = rows.length / (layers * 2);
  const frames = size / (kvHeads * headDim);
  for (let layer = 0; layer < layers; layer++) {
    const targets = [caches.keys[layer]!, caches.values[layer]!];
    for (const [which, target] of targets.entries()) {
      const source = rows.subarray((2 * layer + which) * size);
      for (let head = 0; head < kvHeads; head++) {
        for (let frame = 0; frame < frames; frame++) {
          const from = (head * frames + frame) * headDim;
          const slot = (caches.position + frame) % slots;
          target.set(source.subarray(from, from + headDim), (head * slots + slot) * headDim);
        }
      }
    }
  }
  caches.position += frames;
}

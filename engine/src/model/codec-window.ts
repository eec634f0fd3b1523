// Keys and values of past positions, kept as typed arrays outside the graph. In: the position of a stream, new
// rows. Out: the inputs of a run, and the caches with the new rows in their slots: position p lies in slot
// p % slots, so that nothing is ever moved.
import type { AttentionSizes } from "../checkpoint/model-config.ts";
import type { Tensor } from "../runtime/session.ts";
import { rotaryTables } from "./rotary.ts";
import { joined } from "./rows.ts";

/** What one transformer needs to know of its past. */
export type WindowSizes = AttentionSizes & {
  layers: number;
  slots: number;
  /** Positions that a query sees, its own included. */
  window: number;
  /** [headDim / 2] */
  rotaryFrequencies: Float32Array;
};

/** Of one stream. */
export type WindowCaches = {
  /** Positions seen so far. */
  position: number;
  /** Of each layer, [kvHeads, slots, headDim]. */
  keys: Float32Array[];
  values: Float32Array[];
};

/** As many as the first of some new frames may see. */
export function windowSlots(slidingWindow: number): number {
  // A tensor without elements is trouble; a slot that the mask always closes is none.
  return Math.max(slidingWindow - 1, 1);
}

export function createCaches({ layers, kvHeads, headDim, slots }: WindowSizes): WindowCaches {
  const caches = () =>
    Array.from({ length: layers }, () => new Float32Array(kvHeads * slots * headDim));
  return { position: 0, keys: caches(), values: caches() };
}

/** The inputs `mask`, `cosine`, `sine`, `keys.N`, `values.N` for `frames` new frames of each stream. */
export function windowInputs(
  sizes: WindowSizes,
  streams: readonly WindowCaches[],
  frames: number,
): Record<string, Tensor> {
  const { layers, kvHeads, headDim, slots } = sizes;
  const batch = streams.length;
  const tables = streams.map(({ position }) =>
    rotaryTables(sizes.rotaryFrequencies, { first: position, count: frames }),
  );
  const masks = streams.map(({ position }) => windowMask(sizes, { position, frames }));
  const inputs: Record<string, Tensor> = {
    mask: { data: joined(masks), shape: [batch, 1, 1, frames, slots + frames] },
    cosine: { data: joined(tables.map(({ cosine }) => cosine)), shape: [batch, frames, headDim] },
    sine: { data: joined(tables.map(({ sine }) => sine)), shape: [batch, frames, headDim] },
  };
  const shape = [batch, kvHeads, slots, headDim];
  for (let layer = 0; layer < layers; layer++) {
    const keys = joined(streams.map((stream) => stream.keys[layer]!));
    const values = joined(streams.map((stream) => stream.values[layer]!));
    inputs[`keys.${layer}`] = { data: keys, shape };
    inputs[`values.${layer}`] = { data: values, shape };
  }
  return inputs;
}

/** Far below any score, yet finite: the softmax makes 0 of it. */
const closed = -1e9;

/** [frames, slots + frames] */
function windowMask(
  { slots, window }: WindowSizes,
  { position, frames }: { position: number; frames: number },
): Float32Array {
  const width = slots + frames;
  const mask = new Float32Array(frames * width).fill(closed);
  const held = Array.from({ length: slots }, (_, slot) => latestInSlot(slot, slots, position));
  for (let frame = 0; frame < frames; frame++) {
    const oldest = Math.max(position + frame - window + 1, 0);
    for (const [slot, past] of held.entries()) {
      if (past >= oldest) mask[frame * width + slot] = 0;
    }
    for (let seen = Math.max(oldest - position, 0); seen <= frame; seen++) {
      mask[frame * width + slots + seen] = 0;
    }
  }
  return mask;
}

/** The last position before `position` that lies in a slot, negative if there is none yet. */
function latestInSlot(slot: number, slots: number, position: number): number {
  const last = position - 1;
  return last - ((((last - slot) % slots) + slots) % slots);
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
        // Of more frames than slots only the last ones are seen again.
        for (let frame = Math.max(0, frames - slots); frame < frames; frame++) {
          const from = (head * frames + frame) * headDim;
          const slot = (caches.position + frame) % slots;
          target.set(source.subarray(from, from + headDim), (head * slots + slot) * headDim);
        }
      }
    }
  }
  caches.position += frames;
}

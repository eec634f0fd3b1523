// What attention.ts takes beside keys and values: masks, angles, lengths; and slot-attention.ts. In: where each row of a batch
// stands, and which of its slots a frame may see. Out: tensors. Keeps nothing.
import type { Tensor } from "../runtime/session.ts";
import { rotaryTables } from "./rotary.ts";

export type FeedSizes = {
  /** [headDim / 2] */
  rotaryFrequencies: Float32Array;
};

export type FeedRows = {
  /** Of each row, the position of its first frame. */
  positions: readonly number[];
  frames: number;
  slots: number;
  /** Position that lies in a slot of a row, negative if none does; and the oldest that a frame at a position may see. */
  held: (row: number, slot: number) => number;
  oldestSeen: (position: number) => number;
};

/** Far below any score, yet finite: the softmax makes 0 of it. */
export const closed = -1e9;

export function attentionFeeds(sizes: FeedSizes, rows: FeedRows): Record<string, Tensor> {
  const { positions, frames, slots } = rows;
  const batch = positions.length;
  return {
    mask: { data: masks(rows), shape: [batch, 1, 1, frames, slots + frames] },
    ...rotationFeeds(sizes.rotaryFrequencies, positions, frames),
    lengths: { data: BigInt64Array.of(BigInt(slots), BigInt(frames)), shape: [2] },
  };
}

/** Of `frames` frames from each of `positions` on. */
export function rotationFeeds(
  rotaryFrequencies: Float32Array,
  positions: readonly number[],
  frames: number,
): Record<string, Tensor> {
  const batch = positions.length;
  const tables = rotaryTables(
    rotaryFrequencies,
    positions.flatMap((first) => Array.from({ length: frames }, (_, frame) => first + frame)),
  );
  const shape = [batch * frames, rotaryFrequencies.length];
  const angleRows = BigInt64Array.from({ length: batch * frames }, (_, row) => BigInt(row));
  return {
    cosine: { data: tables.cosine, shape },
    sine: { data: tables.sine, shape },
    angle_rows: { data: angleRows, shape: [batch, frames] },
  };
}

/** [rows, frames, slots + frames]: the same for all heads */
function masks(rows: FeedRows): Float32Array {
  const { positions, frames, slots } = rows;
  const size = frames * (slots + frames);
  const all = new Float32Array(positions.length * size).fill(closed);
  for (const row of positions.keys()) {
    openSeen(all.subarray(row * size, (row + 1) * size), rows, row);
  }
  return all;
}

/** @param mask [frames, slots + frames] */
function openSeen(mask: Float32Array, rows: FeedRows, row: number): void {
  const { positions, frames, slots, held, oldestSeen } = rows;
  const width = slots + frames;
  const position = positions[row]!;
  const inSlots = Array.from({ length: slots }, (_, slot) => held(row, slot));
  for (let frame = 0; frame < frames; frame++) {
    const oldest = Math.max(oldestSeen(position + frame), 0);
    for (let slot = 0; slot < slots; slot++) {
      if (inSlots[slot]! >= oldest) mask[frame * width + slot] = 0;
    }
    for (let seen = Math.max(oldest - position, 0); seen <= frame; seen++) {
      mask[frame * width + slots + seen] = 0;
    }
  }
}

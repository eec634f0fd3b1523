// The window of past positions that the codec decoder's transformer sees. In: the position of a stream, new
// keys and values. Out: the mask for a run, and the caches with the new rows in their slots: position p lies
// in slot p % past, so that nothing is ever moved.
import type { CodecDecoderConfig } from "../checkpoint/codec-config.ts";
import { pastPositions } from "./codec-transformer.ts";

/** Far below any score, yet finite: the softmax makes 0 of it. */
const closed = -1e9;

/** What is added to the scores: [frames, past + frames], first the slots, then the frames of the run. */
export function codecMask(
  config: CodecDecoderConfig,
  { position, frames }: { position: number; frames: number },
): Float32Array {
  const past = pastPositions(config);
  const width = past + frames;
  const mask = new Float32Array(frames * width).fill(closed);
  const slots = Array.from({ length: past }, (_, slot) => latestInSlot(slot, past, position));
  for (let frame = 0; frame < frames; frame++) {
    // A frame sees itself and the positions before it, `slidingWindow` in all.
    const oldest = position + frame - config.slidingWindow + 1;
    for (const [slot, held] of slots.entries()) {
      if (held >= Math.max(oldest, 0)) mask[frame * width + slot] = 0;
    }
    for (let seen = Math.max(oldest - position, 0); seen <= frame; seen++) {
      mask[frame * width + past + seen] = 0;
    }
  }
  return mask;
}

/** The last position before `position` that its slot is, negative if there is none yet. */
function latestInSlot(slot: number, past: number, position: number): number {
  const last = position - 1;
  return last - ((((last - slot) % past) + past) % past);
}

export type WindowCaches = { position: number; keys: Float32Array[]; values: Float32Array[] };

/** @param rows of all layers, [layers, 2, kvHeads, frames, headDim]: keys, then values of each */
export function storeRows(
  config: CodecDecoderConfig,
  caches: WindowCaches,
  { rows, frames }: { rows: Float32Array; frames: number },
): void {
  const { layers, kvHeads, headDim } = config;
  const past = pastPositions(config);
  const size = kvHeads * frames * headDim;
  for (let layer = 0; layer < layers; layer++) {
    const targets = [caches.keys[layer]!, caches.values[layer]!];
    for (const [which, target] of targets.entries()) {
      const source = rows.subarray((2 * layer + which) * size);
      for (let head = 0; head < kvHeads; head++) {
        for (let frame = Math.max(0, frames - past); frame < frames; frame++) {
          const from = (head * frames + frame) * headDim;
          const slot = (caches.position + frame) % past;
          target.set(source.subarray(from, from + headDim), (head * past + slot) * headDim);
        }
      }
    }
  }
}

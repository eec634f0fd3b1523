// Weights in 8 or 4 bits, in blocks along a row that share a scale. In: a matrix as float32. Out: the packed
// numbers and scales that `linearNBits` takes. Knows no model.

export type Bits = 8 | 4;

export type QuantizedBlocks = {
  /** [rows, blocks, blockSize * bits / 8]; stored numbers are shifted so that the middle of their range is 0 */
  packed: Uint8Array;
  /** [rows, blocks] */
  scales: Float32Array;
};

export const blockSize = 32;

export function blocksPerRow(columns: number): number {
  return Math.ceil(columns / blockSize);
}

/** @param values [rows, columns]; a last block that is short is filled up with zeros */
export function quantizeBlocks(values: Float32Array, columns: number, bits: Bits): QuantizedBlocks {
  const rows = values.length / columns;
  const blocks = blocksPerRow(columns);
  const blockBytes = (blockSize * bits) / 8;
  const packed = new Uint8Array(rows * blocks * blockBytes);
  const scales = new Float32Array(rows * blocks);
  const levels = new Int32Array(blockSize);
  for (let index = 0; index < rows * blocks; index++) {
    const start = Math.floor(index / blocks) * columns + (index % blocks) * blockSize;
    const end = Math.min(start + blockSize, (Math.floor(index / blocks) + 1) * columns);
    const block = values.subarray(start, end);
    levels.fill(0);
    scales[index] = bits === 8 ? fitLevels8(block, levels) : fitLevels4(block, levels);
    const bytes = packed.subarray(index * blockBytes, (index + 1) * blockBytes);
    if (bits === 8) pack8(levels, bytes);
    else pack4(levels, bytes);
  }
  return { packed, scales };
}

const largest8 = 127;

function fitLevels8(block: Float32Array, levels: Int32Array): number {
  let greatest = 0;
  for (const value of block) greatest = Math.max(greatest, Math.abs(value));
  const scale = Math.fround(greatest / largest8);
  if (scale > 0) block.forEach((value, i) => (levels[i] = Math.round(value / scale)));
  return scale;
}

const [least4, largest4] = [-8, 7];
/** Ranges tried, in steps of the outermost level: the best is often a little narrower than the block. */
const ranges4 = [-8.6, -8.3, -8, -7.7, -7.4, -7.1, -6.8];

// The value farthest from 0 lies at -8, the one level that has no counterpart. Of several scales, and for each
// the one that fits its levels best (least squares), the block keeps the one with the least error.
function fitLevels4(block: Float32Array, levels: Int32Array): number {
  let farthest = 0;
  for (const value of block) if (Math.abs(value) > Math.abs(farthest)) farthest = value;
  if (farthest === 0) return 0;
  let best = { gain: -1, scale: 0, inverse: 0 };
  for (const range of ranges4) {
    const inverse = range / farthest;
    let [products, squares] = [0, 0];
    for (const value of block) {
      const level = level4(value * inverse);
      products += value * level;
      squares += level * level;
    }
    // The error is the block's energy less this.
    const gain = squares === 0 ? 0 : products ** 2 / squares;
    if (gain > best.gain) best = { gain, scale: Math.fround(products / squares), inverse };
  }
  block.forEach((value, i) => (levels[i] = level4(value * best.inverse)));
  return best.scale;
}

function level4(value: number): number {
  return Math.max(least4, Math.min(largest4, Math.round(value)));
}

function pack8(levels: Int32Array, bytes: Uint8Array): void {
  levels.forEach((level, i) => (bytes[i] = level + 128));
}

/** The first of a pair in the lower half of the byte. */
function pack4(levels: Int32Array, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (levels[2 * i]! - least4) | ((levels[2 * i + 1]! - least4) << 4);
  }
}

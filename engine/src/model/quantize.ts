// Weights in 8 or 4 bits, in blocks along a row that share a scale. In: a matrix as float32. Out: the packed
// numbers and scales that `linearNBits` takes. Knows no model.

export type Bits = 8 | 4;

export type QuantizedBlocks = {
  /** [rows, blocks, blockSize * bits / 8]; stored numbers are shifted so that the middle of their range is 0 */
  packed: Uint8Array;
  /** [rows, blocks] */
  scales: Float32Array;
};

/** Values that share a scale. Every block has two more numbers to be read in every step. */
export const blockSize = 128;

export function blocksPerRow(columns: number): number {
  return Math.ceil(columns / blockSize);
}

/** Levels of a block: 0 to 255 or 0 to 15; the value 0 lies at half of it. */
type Levels = Uint8Array;

/** Fits levels to values, which need not be a whole block. @returns their scale */
type Fit = (values: Float32Array, levels: Levels) => number;

/** @param values [rows, columns]; a last block that is short is filled up with zeros */
export function quantizeBlocks(values: Float32Array, columns: number, bits: Bits): QuantizedBlocks {
  const rows = values.length / columns;
  const blocks = blocksPerRow(columns);
  const blockBytes = (blockSize * bits) / 8;
  const packed = new Uint8Array(rows * blocks * blockBytes);
  const scales = new Float32Array(rows * blocks);
  const levels = new Uint8Array(blockSize);
  const fit: Fit = bits === 8 ? fitLevels8 : fitLevels4;
  for (let index = 0; index < rows * blocks; index++) {
    const row = Math.floor(index / blocks);
    const start = row * columns + (index % blocks) * blockSize;
    const end = Math.min(start + blockSize, (row + 1) * columns);
    levels.fill(2 ** (bits - 1));
    scales[index] = fit(values.subarray(start, end), levels);
    if (bits === 8) packed.set(levels, index * blockBytes);
    else packPairs(levels, packed, index * blockBytes);
  }
  return { packed, scales };
}

/** A block of smaller values is as good as zero, and the inverse of its scale might be infinite. */
const leastValue = 1e-30;

const [largest8, zero8] = [127, 128];

// Cutting off is rounding here, as half a level was added and no level is below 0.
function fitLevels8(values: Float32Array, levels: Levels): number {
  const greatest = Math.abs(farthestFromZero(values));
  if (greatest < leastValue) return 0;
  const scale = Math.fround(greatest / largest8);
  for (let i = 0; i < values.length; i++) levels[i] = (values[i]! / scale + zero8 + 0.5) | 0;
  return scale;
}

const [largest4, zero4] = [15, 8];
/** Ranges tried, in steps of the outermost level: the best is often a little narrower than the block. */
const ranges4 = [-8.6, -8.3, -8, -7.7, -7.4, -7.1, -6.8];

// The value farthest from 0 lies at the level 0, the one that has no counterpart. Of several scales, and for each
// the one that fits its levels best (least squares), the block keeps the one with the least error.
function fitLevels4(values: Float32Array, levels: Levels): number {
  const farthest = farthestFromZero(values);
  if (Math.abs(farthest) < leastValue) return 0;
  let [bestGain, scale, bestInverse] = [-1, 0, 0];
  for (const range of ranges4) {
    const inverse = range / farthest;
    let [products, squares] = [0, 0];
    for (const value of values) {
      const level = level4(value * inverse) - zero4;
      products += value * level;
      squares += level * level;
    }
    // The error is the block's energy less this.
    const gain = (products * products) / squares;
    if (gain > bestGain) [bestGain, scale, bestInverse] = [gain, products / squares, inverse];
  }
  for (let i = 0; i < values.length; i++) levels[i] = level4(values[i]! * bestInverse);
  return Math.fround(scale);
}

/** The nearest of 0 to 15, by cutting off as above. */
function level4(steps: number): number {
  const level = (steps + zero4 + 0.5) | 0;
  return level > largest4 ? largest4 : level;
}

function farthestFromZero(values: Float32Array): number {
  let farthest = 0;
  for (const value of values) {
    if (Math.abs(value) > Math.abs(farthest)) farthest = value;
  }
  return farthest;
}

/** The first of a pair in the lower half of the byte. */
function packPairs(levels: Levels, packed: Uint8Array, offset: number): void {
  for (let i = 0; i < levels.length / 2; i++) {
    packed[offset + i] = levels[2 * i]! | (levels[2 * i + 1]! << 4);
  }
}

// Weights in 8 or 4 bits. In: a matrix as float32. Out: whole numbers and their scales, as the products of
// ops-quantized.ts take them. Knows no model.

export type QuantizedRows = {
  /** [columns, rows]: turned, as the kernel wants it */
  levels: Int8Array;
  /** [rows] */
  scales: Float32Array;
};

export type QuantizedBlocks = {
  /** [rows, blocks, blockSize / 2]; stored numbers are shifted so that the middle of their range is 0 */
  packed: Uint8Array;
  /** [rows, blocks] */
  scales: Float32Array;
};

/** A row or block of smaller values is as good as zero, and the inverse of its scale might be infinite. */
const leastValue = 1e-30;

const largest8 = 127;

/** 8 bits, with a scale for each row. @param values [rows, columns] */
export function quantizeRows(values: Float32Array, columns: number): QuantizedRows {
  const rows = values.length / columns;
  const levels = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const ofRow = values.subarray(row * columns, (row + 1) * columns);
    const greatest = Math.abs(farthestFromZero(ofRow));
    if (greatest < leastValue) continue;
    const scale = Math.fround(greatest / largest8);
    scales[row] = scale;
    for (let column = 0; column < columns; column++) {
      levels[column * rows + row] = Math.round(ofRow[column]! / scale);
    }
  }
  return { levels, scales };
}

/** Values that share a scale in 4 bits. Every block has two more numbers to be read in every step. */
export const blockSize = 128;

export function blocksPerRow(columns: number): number {
  return Math.ceil(columns / blockSize);
}

/** Levels of a block: 0 to 15; the value 0 lies at half of it. */
type Levels = Uint8Array;

/** 4 bits. @param values [rows, columns]; a last block that is short is filled up with zeros */
export function quantizeBlocks(values: Float32Array, columns: number): QuantizedBlocks {
  const rows = values.length / columns;
  const blocks = blocksPerRow(columns);
  const packed = new Uint8Array((rows * blocks * blockSize) / 2);
  const scales = new Float32Array(rows * blocks);
  const levels = new Uint8Array(blockSize);
  for (let index = 0; index < rows * blocks; index++) {
    const row = Math.floor(index / blocks);
    const start = row * columns + (index % blocks) * blockSize;
    const end = Math.min(start + blockSize, (row + 1) * columns);
    levels.fill(zero4);
    scales[index] = fitLevels(values.subarray(start, end), levels);
    packPairs(levels, packed, (index * blockSize) / 2);
  }
  return { packed, scales };
}

const [largest4, zero4] = [15, 8];
/** Ranges tried, in steps of the outermost level: the best is often a little narrower than the block. */
const ranges4 = [-8.6, -8.3, -8, -7.7, -7.4, -7.1, -6.8];

// Fits levels to values, which need not be a whole block, and gives their scale. The value farthest from 0 lies at the
// level 0, the one that has no counterpart. Of several scales, and for each the one that fits its levels best (least
// squares), the block keeps the one with the least error.
function fitLevels(values: Float32Array, levels: Levels): number {
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

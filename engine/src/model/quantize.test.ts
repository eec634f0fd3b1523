import { expect, test } from "vitest";
import { blockSize, blocksPerRow, quantizeBlocks, quantizeRows } from "./quantize.ts";

/** Values [rows, columns] -> what the kernel makes of them. */
type Restore = (values: Float32Array, columns: number) => Float32Array;

const inRows: Restore = (values, columns) => {
  const { levels, scales } = quantizeRows(values, columns);
  return values.map((_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    return levels[column * scales.length + row]! * scales[row]!;
  });
};

/** By the definition of MatMulNBits. */
const inBlocks: Restore = (values, columns) => {
  const { packed, scales } = quantizeBlocks(values, columns);
  const blocks = blocksPerRow(columns);
  return values.map((_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const block = row * blocks + Math.floor(column / blockSize);
    const place = block * blockSize + (column % blockSize);
    const stored = (packed[Math.floor(place / 2)]! >> (4 * (place % 2))) & 15;
    return (stored - 8) * scales[block]!;
  });
};

function noisy(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898) * Math.cos(i * 0.37) ** 3);
}

function relativeError(values: Float32Array, others: Float32Array): number {
  let [error, energy] = [0, 0];
  values.forEach((value, i) => {
    error += (value - others[i]!) ** 2;
    energy += value ** 2;
  });
  return Math.sqrt(error / energy);
}

test.each([64, 96, 50])("rows of %i come back", (columns) => {
  const values = noisy(columns * 6);
  expect(relativeError(values, inRows(values, columns))).toBeLessThan(0.008);
  expect(relativeError(values, inBlocks(values, columns))).toBeLessThan(0.11);
});

test("no value is farther away than half a step in 8 bits", () => {
  const values = noisy(blockSize);
  const greatest = Math.max(...values.map(Math.abs));
  inRows(values, values.length).forEach((value, i) => {
    expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(greatest / 127 / 2 + 1e-7);
  });
});

test("4 bits are at least as good as rounding to the widest scale", () => {
  const values = noisy(blockSize * 40);
  const naive = Float32Array.from(values);
  for (let start = 0; start < naive.length; start += blockSize) {
    const block = naive.subarray(start, start + blockSize);
    const scale = Math.max(...block.map(Math.abs)) / 7;
    block.forEach((value, i) => (block[i] = Math.round(value / scale) * scale));
  }
  expect(relativeError(values, inBlocks(values, blockSize))).toBeLessThan(
    relativeError(values, naive),
  );
});

test("zeros stay zeros", () => {
  for (const restore of [inRows, inBlocks]) {
    const zeros = new Float32Array(64);
    expect([...restore(zeros, 64)].every((v) => v === 0)).toBe(true);
  }
});

test("a row or block of tiny values does not become something else", () => {
  const values = new Float32Array(64).fill(1e-42);
  values[3] = 0;
  for (const restore of [inRows, inBlocks]) {
    const away = restore(values, 64).map((value, i) => Math.abs(value - values[i]!));
    expect(Math.max(...away)).toBeLessThan(1e-41);
  }
});

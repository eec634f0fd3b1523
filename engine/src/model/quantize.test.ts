import { expect, test } from "vitest";
import { blockSize, blocksPerRow, quantizeBlocks, type Bits } from "./quantize.ts";

/** What the kernel makes of it, by the definition of MatMulNBits. */
function restored(values: Float32Array, columns: number, bits: Bits): Float32Array {
  const { packed, scales } = quantizeBlocks(values, columns, bits);
  const blocks = blocksPerRow(columns);
  const perByte = 8 / bits;
  return values.map((_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const block = row * blocks + Math.floor(column / blockSize);
    const place = block * blockSize + (column % blockSize);
    const byte = packed[Math.floor(place / perByte)]!;
    const stored = bits === 8 ? byte : (byte >> (4 * (place % 2))) & 15;
    return (stored - 2 ** (bits - 1)) * scales[block]!;
  });
}

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
  expect(relativeError(values, restored(values, columns, 8))).toBeLessThan(0.008);
  expect(relativeError(values, restored(values, columns, 4))).toBeLessThan(0.11);
});

test("no value is farther away than half a step in 8 bits", () => {
  const values = noisy(blockSize);
  const greatest = Math.max(...values.map(Math.abs));
  restored(values, values.length, 8).forEach((value, i) => {
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
  expect(relativeError(values, restored(values, blockSize, 4))).toBeLessThan(
    relativeError(values, naive),
  );
});

test("zeros stay zeros", () => {
  for (const bits of [8, 4] as const) {
    const zeros = new Float32Array(64);
    expect([...restored(zeros, 64, bits)].every((v) => v === 0)).toBe(true);
  }
});

test("a block of tiny values does not become something else", () => {
  const values = new Float32Array(64).fill(1e-42);
  values[3] = 0;
  for (const bits of [8, 4] as const) {
    const away = restored(values, 64, bits).map((value, i) => Math.abs(value - values[i]!));
    expect(Math.max(...away)).toBeLessThan(1e-41);
  }
});

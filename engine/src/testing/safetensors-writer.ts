// Writes safetensors files for tests, however large: one tensor at a time, its numbers piece by piece. In:
// names, shapes, types and where the numbers come from. Out: the file.
import { open, type FileHandle } from "node:fs/promises";
import { bytesPerElement, type StoredType } from "../checkpoint/safetensors.ts";

export type TensorSource = {
  name: string;
  shape: readonly number[];
  type: StoredType;
  /** Fills `into` with the tensor's next numbers. */
  next: (into: Float32Array) => void;
};

/** The numbers of a list, from first to last. */
export function from(values: ArrayLike<number>): TensorSource["next"] {
  let position = 0;
  return (into) => {
    for (let i = 0; i < into.length; i++) into[i] = values[position++]!;
  };
}

const pieceLength = 2 ** 20;

export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
): Promise<void> {
  const file = await open(path, "w");
  try {
    const piece = new Float32Array(pieceLength);
    await writeAll(file, headerOf(tensors));
    for (const tensor of tensors) await writeTensor(file, tensor, piece);
  } finally {
    await file.close();
  }
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function headerOf(tensors: readonly TensorSource[]): Buffer {
  const entries: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const { name, shape, type } of tensors) {
    const begin = end;
    end += elements(shape) * bytesPerElement[type];
    entries[name] = { dtype: type, shape, data_offsets: [begin, end] };
  }
  const json = JSON.stringify(entries);
  // The format's own writer aligns the data to 8 bytes with spaces.
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.byteLength));
  return Buffer.concat([length, text]);
}

async function writeTensor(
  file: FileHandle,
  { shape, type, next }: TensorSource,
  piece: Float32Array,
): Promise<void> {
  for (let left = elements(shape); left > 0;) {
    const values = piece.subarray(0, Math.min(left, piece.length));
    next(values);
    await writeAll(file, encode(values, type));
    left -= values.length;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    done += (await file.write(bytes, done)).bytesWritten;
  }
}

function encode(values: Float32Array, stored: StoredType): Uint8Array {
  switch (stored) {
    case "F32":
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    case "BF16":
      return new Uint8Array(toBfloat16(values).buffer);
    case "F16":
      return new Uint8Array(Uint16Array.from(values, float16Bits).buffer);
    default:
      stored satisfies never;
      throw new TypeError(`Unknown type ${String(stored)}`);
  }
}

/** To the nearest, ties to even. Of finite numbers. */
function toBfloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) {
    const value = bits[i]!;
    halves[i] = (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return halves;
}

/** To the nearest. Of numbers whose magnitude is below 65,520. */
function float16Bits(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === 0) return sign;
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const fraction = Math.round(magnitude * 2 ** (10 - exponent));
  // A fraction that rounds up to the next power of two carries into the exponent by itself.
  return sign + (fraction < 1024 ? fraction : ((exponent + 14) << 10) + fraction);
}

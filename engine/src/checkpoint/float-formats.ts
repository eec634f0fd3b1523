// Stored floating-point numbers -> float32, exactly. In: little-endian bytes. Out: the same numbers.
import type { StoredType } from "./safetensors.ts";

/** A view where it can be, so that nothing is copied for F32. */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, stored: StoredType): Float32Array {
  switch (stored) {
    case "F32":
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    case "BF16":
      return fromBfloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
    case "F16":
      return fromFloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
    default:
      stored satisfies never;
      throw new TypeError(`Unknown type ${String(stored)}`);
  }
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

const halfMantissaBits = 10;
const halfExponentBias = 15;
const halfExponentMask = 0x1f;
const halfMantissaMask = 0x3ff;

function fromFloat16(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = float16(halves[i]!);
  return floats;
}

function float16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> halfMantissaBits) & halfExponentMask;
  const fraction = (half & halfMantissaMask) / 2 ** halfMantissaBits;
  if (exponent === halfExponentMask) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - halfExponentBias);
  return sign * (1 + fraction) * 2 ** (exponent - halfExponentBias);
}

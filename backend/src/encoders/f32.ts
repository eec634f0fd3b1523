// Float samples in, IEEE 32-bit little-endian bytes out: every sample as it is, nothing clipped.

export const bytesPerFloat = 4;

export function toF32le(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * bytesPerFloat);
  // A Float32Array of the same memory would have the byte order of the machine.
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) view.setFloat32(i * bytesPerFloat, samples[i]!, true);
  return bytes;
}

// Float samples in, signed 16-bit little-endian bytes out.

export const bytesPerSample = 2;

const fullScale = 32768;
const highest = fullScale - 1;

/**
 * Round to nearest, clip at full scale, NaN to 0. Full scale is 32768, so that a sample which once
 * was 16-bit (value / 32768) comes back as it was.
 */
export function toS16le(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * bytesPerSample);
  for (let i = 0; i < samples.length; i++) {
    const scaled = Math.round(samples[i]! * fullScale);
    const value = Number.isNaN(scaled) ? 0 : Math.max(-fullScale, Math.min(highest, scaled));
    // Byte by byte: an Int16Array would have the byte order of the machine.
    bytes[i * bytesPerSample] = value;
    bytes[i * bytesPerSample + 1] = value >> 8;
  }
  return bytes;
}

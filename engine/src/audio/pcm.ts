// Float samples in, bytes out: signed 16-bit or float32, little-endian. Knows no file format.

/** As the command line names them. */
export type SampleFormat = "s16" | "f32";

export const bytesPerSample: Record<SampleFormat, number> = { s16: 2, f32: 4 };

const fullScale = 32768;
const highest = fullScale - 1;

export function encodeSamples(samples: Float32Array, format: SampleFormat): Uint8Array {
  const bytes = new Uint8Array(samples.length * bytesPerSample[format]);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) {
    if (format === "s16") view.setInt16(i * 2, toS16(samples[i]!), true);
    else view.setFloat32(i * 4, samples[i]!, true);
  }
  return bytes;
}

/**
 * Round to nearest (a half upwards, as Math.round does), clip at full scale, NaN to 0. The same
 * numbers as the server sends, so that a clip is the same file whichever way it was made.
 */
function toS16(sample: number): number {
  const scaled = Math.round(sample * fullScale);
  return Number.isNaN(scaled) ? 0 : Math.max(-fullScale, Math.min(highest, scaled));
}

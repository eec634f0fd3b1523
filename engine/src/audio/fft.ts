// A fast Fourier transform of real numbers, as many as a power of two. In: samples. Out: magnitudes of the
// frequencies from 0 to half the sample rate.

/** @returns sqrt(re^2 + im^2 + floor) for each of length / 2 + 1 frequencies */
export function fftMagnitudes(samples: Float64Array, floor: number): Float64Array {
  const real = reordered(samples);
  const imaginary = new Float64Array(samples.length);
  for (let size = 2; size <= samples.length; size *= 2) butterflies(real, imaginary, size);
  return Float64Array.from({ length: samples.length / 2 + 1 }, (_, bin) =>
    Math.sqrt(real[bin]! ** 2 + imaginary[bin]! ** 2 + floor),
  );
}

/** Each sample at the place whose number has its bits in reverse. */
function reordered(samples: Float64Array): Float64Array {
  const bits = Math.log2(samples.length);
  return samples.map((_, place) => {
    let source = 0;
    for (let bit = 0; bit < bits; bit++) source |= ((place >> bit) & 1) << (bits - 1 - bit);
    return samples[source]!;
  });
}

/** Two transforms of half the size become one, everywhere. */
function butterflies(real: Float64Array, imaginary: Float64Array, size: number): void {
  const half = size / 2;
  for (let k = 0; k < half; k++) {
    const angle = (-2 * Math.PI * k) / size;
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    for (let at = k; at < real.length; at += size) {
      const other = at + half;
      const re = real[other]! * cosine - imaginary[other]! * sine;
      const im = real[other]! * sine + imaginary[other]! * cosine;
      real[other] = real[at]! - re;
      imaginary[other] = imaginary[at]! - im;
      real[at] = real[at]! + re;
      imaginary[at] = imaginary[at]! + im;
    }
  }
}

// Band-limited interpolation: a signal's value between its samples, by a Kaiser-windowed sinc. In: samples
// and a rational step. Out: samples at that step. Linear phase, no delay: output n is the input at exactly
// n * step. Outside its samples a signal is 0. Knows nothing of rates in Hz.

export type Kernel = {
  /** Where the response is one half, as a part of the input's Nyquist frequency (may be above 1). */
  cutoff: number;
  /** The window ends here, in input samples to either side. */
  halfLength: number;
  /** The Kaiser window's beta: the larger, the deeper the stop band and the wider the transition. */
  beta: number;
};

/** Double precision: what is heard of the sums is then rounded once, at the very end. */
export type Signal = Float64Array;

/** Output n is the input at n * down / up, which have no common factor. */
export type Grid = { up: number; down: number; length: number };

/** One phase after the other: all outputs that fall on the same place between two inputs share taps. */
export function interpolate(signal: Signal, kernel: Kernel, grid: Grid): Signal {
  const { up, down, length } = grid;
  const output = new Float64Array(length);
  for (let phase = 0; phase < Math.min(up, length); phase++) {
    const position = phase * down; // in units of 1 / up of an input sample
    const whole = Math.floor(position / up);
    const taps = tapsAt((position % up) / up, kernel);
    for (let n = phase, first = whole - reach(kernel); n < length; n += up, first += down) {
      output[n] = dot(signal, taps, first);
    }
  }
  return output;
}

/** How far beyond its own end a signal is heard after this kernel, in samples. */
export function reach(kernel: Kernel): number {
  return Math.ceil(kernel.halfLength);
}

function tapsAt(fraction: number, kernel: Kernel): Float64Array {
  const before = reach(kernel);
  return Float64Array.from({ length: 2 * before + 1 }, (_, k) => {
    return kernelAt(k - before - fraction, kernel);
  });
}

function kernelAt(distance: number, { cutoff, halfLength, beta }: Kernel): number {
  const edge = distance / halfLength;
  if (Math.abs(edge) > 1) return 0;
  const angle = Math.PI * cutoff * distance;
  const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
  return (cutoff * sinc * besselI0(beta * Math.sqrt(1 - edge * edge))) / besselI0(beta);
}

/** The modified Bessel function of order 0, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let sum = 1;
  for (let k = 1, term = 1; term > sum * Number.EPSILON; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

/** Four sums at a time: one alone would wait for each addition. */
function dot(samples: Signal, taps: Float64Array, at: number): number {
  const from = Math.max(0, -at);
  const to = Math.min(taps.length, samples.length - at);
  let [a, b, c, d] = [0, 0, 0, 0];
  let k = from;
  for (; k + 3 < to; k += 4) {
    a += taps[k]! * samples[at + k]!;
    b += taps[k + 1]! * samples[at + k + 1]!;
    c += taps[k + 2]! * samples[at + k + 2]!;
    d += taps[k + 3]! * samples[at + k + 3]!;
  }
  for (; k < to; k++) a += taps[k]! * samples[at + k]!;
  return a + b + c + d;
}

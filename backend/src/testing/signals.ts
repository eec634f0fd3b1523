// Test signals and what is measured on them. All deterministic, mono, in -1..1.
export const sampleRate = 24_000;

/** A tone with the first `harmonics` partials of `frequency` Hz, each 1/h as strong. */
export function tone(options: {
  frequency: number;
  seconds: number;
  harmonics?: number;
}): Float32Array {
  const { frequency, seconds, harmonics = 8 } = options;
  return Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => {
    let sum = 0;
    for (let h = 1; h <= harmonics; h++) {
      // A phase of its own for each partial, so that the tone is no train of pulses.
      sum += Math.sin((2 * Math.PI * frequency * h * i) / sampleRate + h * h) / h;
    }
    return 0.2 * sum;
  });
}

/** A second of harmonics under one formant, 300 Hz wide. */
export function vowel(options: { frequency: number; formant: number }): Float32Array {
  const { frequency, formant } = options;
  return Float32Array.from({ length: sampleRate }, (_, i) => {
    let sum = 0;
    for (let h = 1; h * frequency < 2 * formant; h++) {
      const strength = Math.exp(-(((h * frequency - formant) / 300) ** 2));
      sum += strength * Math.sin((2 * Math.PI * frequency * h * i) / sampleRate + h * h);
    }
    return 0.1 * sum;
  });
}

/** Noise from a linear congruential generator. */
export function noise(length: number): Float32Array {
  let state = 12_345;
  return Float32Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return 0.3 * (state / 2 ** 30 - 1);
  });
}

export function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length);
}

/** Mean frequency of the harmonics of `frequency` below 4 kHz, by their energy. */
export function spectralCentre(samples: Float32Array, frequency: number): number {
  let energySum = 0;
  let weighted = 0;
  for (let at = frequency; at < 4000; at += frequency) {
    const energy = energyAt(samples, at);
    energySum += energy;
    weighted += energy * at;
  }
  return weighted / energySum;
}

function energyAt(samples: Float32Array, frequency: number): number {
  let real = 0;
  let imaginary = 0;
  samples.forEach((v, i) => {
    const angle = (2 * Math.PI * frequency * i) / sampleRate;
    real += v * Math.cos(angle);
    imaginary += v * Math.sin(angle);
  });
  return real * real + imaginary * imaginary;
}

/** How sharply a signal bends: a click shows here. */
export function maxSecondDifference(samples: Float32Array): number {
  let largest = 0;
  for (let i = 2; i < samples.length; i++) {
    const bend = Math.abs(samples[i]! - 2 * samples[i - 1]! + samples[i - 2]!);
    largest = Math.max(largest, bend);
  }
  return largest;
}

/**
 * Fundamental frequency of a steady tone, known to be within 20 % of `near`. Looks for the best match
 * eight periods away, which is as much finer than one period.
 */
export function fundamental(samples: Float32Array, near: number): number {
  const period = coarsePeriod(samples, near);
  const periods = 8;
  const centre = Math.round(period * periods);
  const reach = Math.round(period / 3);
  return (sampleRate * periods) / bestLag(samples, centre - reach, centre + reach);
}

function coarsePeriod(samples: Float32Array, near: number): number {
  const expected = sampleRate / near;
  return bestLag(samples, Math.round(expected * 0.8), Math.round(expected * 1.2));
}

/** The lag of the highest normalised correlation, between samples by a parabola. */
function bestLag(samples: Float32Array, from: number, to: number): number {
  let best = from;
  for (let lag = from; lag <= to; lag++) {
    if (correlation(samples, lag) > correlation(samples, best)) best = lag;
  }
  const [before, top, after] = [-1, 0, 1].map((step) => correlation(samples, best + step));
  return best + (before! - after!) / (2 * (before! - 2 * top! + after!));
}

function correlation(samples: Float32Array, lag: number): number {
  let product = 0;
  let energy = 0;
  let shiftedEnergy = 0;
  for (let i = 0; i + lag < samples.length; i++) {
    const a = samples[i]!;
    const b = samples[i + lag]!;
    product += a * b;
    energy += a * a;
    shiftedEnergy += b * b;
  }
  return product / Math.sqrt(energy * shiftedEnergy);
}
